"""Which variation belongs to which level, and the wording that the authors publish for it.

The table is GemBench's own (arXiv 2410.01345). L1 is the training variations at new placements,
L2 has novel rigid objects, L3 novel articulated objects, L4 long-horizon tasks.
"""

from __future__ import annotations

PUBLISHED: dict[str, dict[str, str]] = {
    "L1": {
        "push_button+0": "push the maroon button",
        "push_button+3": "push the navy button",
        "push_button+4": "push the yellow button",
        "close_fridge+0": "close fridge",
        "close_laptop_lid+0": "close laptop lid",
        "close_microwave+0": "close microwave",
        "open_door+0": "open the door",
        "open_box+0": "open box",
        "open_drawer+0": "open bottom drawer",
        "open_drawer+2": "open top drawer",
        "pick_and_lift+0": "pick up the red block and lift it up to the target",
        "pick_and_lift+2": "pick up the lime block and lift it up to the target",
        "pick_and_lift+7": "pick up the cyan block and lift it up to the target",
        "pick_up_cup+8": "pick up the magenta cup",
        "pick_up_cup+9": "pick up the silver cup",
        "pick_up_cup+11": "pick up the orange cup",
        "stack_blocks+30": "stack 2 gray blocks",
        "stack_blocks+36": "stack 2 olive blocks",
        "stack_blocks+39": "stack 2 purple blocks",
        "put_groceries_in_cupboard+0": "put the crackers box in the cupboard",
        "put_groceries_in_cupboard+3": "put the soup can in the cupboard",
        "put_money_in_safe+0": "put the money away in the safe on the bottom shelf",
        "put_money_in_safe+1": "put the money away in the safe on the middle shelf",
        "slide_block_to_color_target_peract+0": "slide the block to green target",
        "slide_block_to_color_target_peract+1": "slide the block to blue target",
        "reach_and_drag_peract+14": "use the stick to drag the cube onto the teal target",
        "reach_and_drag_peract+18": "use the stick to drag the cube onto the black target",
        "close_jar_peract+15": "close the azure jar",
        "close_jar_peract+16": "close the violet jar",
        "light_bulb_in_peract+17": "screw in the rose light bulb",
        "light_bulb_in_peract+19": "screw in the white light bulb",
    },
    "L2": {
        "push_button+13": "push the azure button",
        "push_button+15": "push the rose button",
        "push_button+17": "push the white button",
        "pick_and_lift+14": "pick up the teal block and lift it up to the target",
        "pick_and_lift+16": "pick up the violet block and lift it up to the target",
        "pick_and_lift+18": "pick up the black block and lift it up to the target",
        "pick_up_cup+10": "pick up the gray cup",
        "pick_up_cup+12": "pick up the olive cup",
        "pick_up_cup+13": "pick up the purple cup",
        "stack_blocks+24": "stack 2 magenta blocks",
        "stack_blocks+27": "stack 2 silver blocks",
        "stack_blocks+33": "stack 2 orange blocks",
        "slide_block_to_color_target_peract+2": "slide the block to pink target",
        "slide_block_to_color_target_peract+3": "slide the block to yellow target",
        "reach_and_drag_peract+5": "use the stick to drag the cube onto the navy target",
        "reach_and_drag_peract+7": "use the stick to drag the cube onto the cyan target",
        "put_cube_in_safe+0": "put the cube away in the safe on the bottom shelf",
        "close_jar_peract+3": "close the green jar",
        "close_jar_peract+4": "close the blue jar",
        "light_bulb_in_peract+1": "screw in the maroon light bulb",
        "light_bulb_in_peract+2": "screw in the lime light bulb",
        "lamp_on+0": "turn on the light",
        "pick_and_lift_cylinder+0": "pick up the red cylinder and lift it up to the target",
        "pick_and_lift_star+0": "pick up the red star and lift it up to the target",
        "pick_and_lift_moon+0": "pick up the red moon and lift it up to the target",
        "pick_and_lift_toy+0": "pick up the red rubber duck and lift it up to the target",
        "put_groceries_in_cupboard+7": "put the mustard bottle in the cupboard",
        "put_groceries_in_cupboard+8": "put the sugar box in the cupboard",
    },
    "L3": {
        "open_drawer_long+0": "open bottom drawer",
        "open_drawer_long+1": "open middle bottom drawer",
        "open_drawer_long+2": "open middle top drawer",
        "open_drawer_long+3": "open top drawer",
        "close_fridge2+0": "close fridge",
        "close_laptop_lid2+0": "close laptop lid",
        "close_microwave2+0": "close microwave",
        "open_door2+0": "open the door",
        "open_box2+0": "open box",
        "open_drawer2+0": "open bottom drawer",
        "open_drawer3+0": "open bottom drawer",
        "close_door+0": "close the door",
        "close_box+0": "close box",
        "toilet_seat_up+0": "lift toilet seat up",
        "open_fridge+0": "open fridge",
        "open_laptop_lid+0": "open laptop lid",
        "open_microwave+0": "open microwave",
        "put_money_in_safe+2": "put the money away in the safe on the top shelf",
        "open_drawer+1": "open middle drawer",
        "close_drawer+0": "close bottom drawer",
        "close_grill+0": "close the grill",
    },
    "L4": {
        "push_buttons4+1": "push the navy button, then push the teal button",
        "push_buttons4+2": (
            "push the green button, then push the yellow button, then push the rose button"
        ),
        "push_buttons4+3": (
            "push the maroon button, then push the blue button, then push the orange "
            "button, then push the magenta button"
        ),
        "take_shoes_out_of_box+0": "take shoes out of box",
        "put_items_in_drawer+0": (
            "put the block in the bottom drawer, then the cylinder and then the moon"
        ),
        "put_items_in_drawer+2": (
            "put the block in the top drawer, then the cylinder and then the moon"
        ),
        "put_items_in_drawer+4": (
            "put the block in the middle drawer, then the moon and then the cylinder"
        ),
        "tower4+1": (
            "first place the orange block. Then stack the gray block on top of it and "
            "stack the lime block on top of it. Then place the rose block on top of "
            "the lime one"
        ),
        "tower4+3": (
            "pick up and set down the white block place the teal block on top of the "
            "white one stack the blue block on top of it"
        ),
        "stack_cups+0": "stack the other cups on top of the red cup",
        "stack_cups+3": "stack the other cups on top of the green cup",
        "put_all_groceries_in_cupboard+0": "put all of the groceries in the cupboard",
    },
}
"""Level, variation, instruction."""
