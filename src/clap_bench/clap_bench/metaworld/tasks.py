"""MetaWorld's tasks: their difficulty, and a sentence for each.

The levels are those that DP3 and others report by (Seo et al., "Masked World Models for Visual
Control", CoRL 2022, appendix). MetaWorld has no instructions; the sentences are ours.
"""

from __future__ import annotations

EASY = {
    "button-press": "press the button",
    "button-press-topdown": "press the button from above",
    "button-press-topdown-wall": "press the button behind the wall from above",
    "button-press-wall": "reach around the wall and press the button",
    "coffee-button": "press the button of the coffee machine",
    "dial-turn": "turn the dial",
    "door-close": "close the door",
    "door-lock": "lock the door",
    "door-open": "open the door",
    "door-unlock": "unlock the door",
    "drawer-close": "close the drawer",
    "drawer-open": "open the drawer",
    "faucet-close": "close the faucet",
    "faucet-open": "open the faucet",
    "handle-press": "press the handle down",
    "handle-press-side": "press the handle down from the side",
    "handle-pull": "pull the handle up",
    "handle-pull-side": "pull the handle up from the side",
    "lever-pull": "pull the lever up",
    "peg-unplug-side": "pull the peg out of the hole",
    "plate-slide": "slide the plate into the cabinet",
    "plate-slide-back": "slide the plate back out of the cabinet",
    "plate-slide-back-side": "slide the plate sideways out of the cabinet",
    "plate-slide-side": "slide the plate sideways into the cabinet",
    "reach": "reach the target",
    "reach-wall": "reach the target behind the wall",
    "window-close": "close the window",
    "window-open": "open the window",
}

MEDIUM = {
    "basketball": "put the basketball into the hoop",
    "bin-picking": "move the block from one bin to the other",
    "box-close": "put the lid on the box",
    "coffee-pull": "pull the mug away from the coffee machine",
    "coffee-push": "push the mug under the coffee machine",
    "hammer": "hammer the nail into the wall",
    "peg-insert-side": "insert the peg into the hole from the side",
    "push-wall": "push the block around the wall to the target",
    "soccer": "push the ball into the goal",
    "sweep": "sweep the block off the table",
    "sweep-into": "sweep the block into the hole",
}

HARD = {
    "assembly": "put the ring onto the peg",
    "hand-insert": "put the block into the hole with the hand",
    "pick-out-of-hole": "pick the block out of the hole",
    "pick-place": "pick up the block and bring it to the target",
    "push": "push the block to the target",
    "push-back": "pull the block back to the target",
}

VERY_HARD = {
    "disassemble": "take the ring off the peg",
    "pick-place-wall": "lift the block over the wall and bring it to the target",
    "shelf-place": "put the block onto the shelf",
    "stick-pull": "pull the box with the stick",
    "stick-push": "push the box with the stick",
}

TASKS = {"easy": EASY, "medium": MEDIUM, "hard": HARD, "very-hard": VERY_HARD}
"""By level: each task's name, without MetaWorld's version, and its sentence."""
