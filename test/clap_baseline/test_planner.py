"""The grammar planner: what it understands, what it declines, and that it never breaks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clap_baseline.language import small_words, verbs
from clap_baseline.planner import GrammarPlanner
from clap_core.backends import PLANNERS, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan
from clap_core.task_types import Action

PLANNER = GrammarPlanner()
OTHER = "gray block other than any gray block"
DECLINED = (ErrorCode.EMPTY_INSTRUCTION, ErrorCode.NOT_UNDERSTOOD, ErrorCode.IMPOSSIBLE)


def steps(instruction: str) -> list[str]:
    """The plan, one "action object/part relation reference" a step, blanks left out."""
    return [
        " ".join(
            word
            for word in (
                subtask.action.value,
                subtask.object + (f"/{subtask.part}" if subtask.part else ""),
                subtask.relation.value,
                subtask.reference,
            )
            if word
        )
        for subtask in check_plan(instruction, PLANNER.plan(instruction))
    ]


def placed(thing: str, relation: str, reference: str) -> list[str]:
    """Pick and place in `steps` form."""
    name = thing.split("/")[0]
    return [
        f"approach {thing}",
        f"grasp {thing}",
        f"move {thing} {relation} {reference}",
        f"release {thing} {relation} {reference}" if name else "",
    ]


def picked(thing: str) -> list[str]:
    """Pick and lift in `steps` form."""
    return [f"approach {thing}", f"grasp {thing}", f"move {thing} up"]


def error(instruction: str) -> ClapError:
    """The error that an instruction gives."""
    with pytest.raises(ClapError) as caught:
        PLANNER.plan(instruction)
    return caught.value


def test_the_baseline_backend_is_this_planner() -> None:
    assert isinstance(create(PLANNERS, "baseline"), GrammarPlanner)


@pytest.mark.parametrize(
    ("words", "relation"),
    [
        ("next to", "next_to"),
        ("beside", "next_to"),
        ("by", "next_to"),
        ("close to", "next_to"),
        ("to", "next_to"),
        ("left of", "left_of"),
        ("to the left of", "left_of"),
        ("on the right side of", "right_of"),
        ("in front of", "in_front_of"),
        ("behind", "behind"),
        ("on", "on"),
        ("onto", "on"),
        ("on top of", "on"),
        ("in", "in"),
        ("into", "in"),
        ("inside of", "in"),
    ],
)
@pytest.mark.parametrize("verb", ["put", "place", "set", "move", "bring"])
def test_places(verb: str, words: str, relation: str) -> None:
    expected = placed("red mug", relation, "white plate")
    assert steps(f"{verb} the red mug {words} the white plate") == expected


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("pick up the red mug", picked("red mug")),
        ("pick the red mug up", picked("red mug")),
        ("grab the red mug", picked("red mug")),
        ("take a red mug", picked("any red mug")),
        ("lift the toilet seat up", ["open toilet seat"]),
        ("pick up the toilet seat", ["open toilet seat"]),
        ("hold the mug by its handle", picked("mug/handle")),
        ("grasp the handle of the red mug", picked("red mug/handle")),
        ("grab the mug's handle", picked("mug/handle")),
        ("pick up the mug handle", picked("mug/handle")),
        ("take the mug out of the box", ["open box", *picked("mug")]),
        ("take the mug from the table", picked("mug")),
        ("pick up any red mug", picked("any red mug")),
        ("pick up one of the red mugs", picked("any red mug")),
        ("pick up the left red mug", picked("left red mug")),
        (
            "pick up the red block and lift it up to the target",
            ["approach red block", "grasp red block", "move red block up target"],
        ),
    ],
)
def test_picks(instruction: str, expected: list[str]) -> None:
    assert steps(instruction) == expected


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("push the red button", ["press red button"]),
        ("press the button", ["press button"]),
        ("press the red and blue buttons", ["press red button", "press blue button"]),
        ("turn on the light", ["press lamp"]),
        ("turn the light off", ["press lamp"]),
        ("push the mug", ["push mug"]),
        ("slide the block to green target", ["push block towards green target"]),
        ("push the block towards the bowl", ["push block towards bowl"]),
        ("open the drawer", ["open drawer"]),
        ("open the top drawer", ["open top drawer"]),
        ("open the top drawer of the cabinet", ["open cabinet/top drawer"]),
        ("pull the drawer open", ["open drawer"]),
        ("pull the drawer", ["open drawer"]),
        ("push the drawer closed", ["close drawer"]),
        ("push the drawer in", ["close drawer"]),
        ("close fridge", ["close fridge"]),
        ("close the box, open the door", ["close box", "open door"]),
        ("approach the mug", ["approach mug"]),
        ("let go", ["release"]),
        ("open the gripper", ["release"]),
        ("put down the mug", ["release mug"]),
        ("put the mug down", ["release mug"]),
        (
            "use the stick to drag the cube onto the teal target",
            ["approach stick", "grasp stick", "push cube towards teal target"],
        ),
    ],
)
def test_other_verbs(instruction: str, expected: list[str]) -> None:
    assert steps(instruction) == expected


def test_all_is_no_part_of_a_name() -> None:
    with pytest.raises(ClapError) as caught:
        PLANNER.plan("the apple, the pear and the plum all belong in the basket")
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD
    assert "'all'" in caught.value.reason


@pytest.mark.parametrize("who", ["him", "us"])
def test_the_arm_keeps_away_from_whoever_is_meant(who: str) -> None:
    with pytest.raises(ClapError) as caught:
        PLANNER.plan(f"put the mug on the plate and the knife next to {who}")
    assert caught.value.code is ErrorCode.IMPOSSIBLE
    assert who in caught.value.reason


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("put the cube in the bowl", placed("cube", "in", "bowl")),
        ("open the door", ["open door"]),
        ("press the button", ["press button"]),
    ],
)
def test_a_tool_is_put_down_before_the_hand_does_something_else(
    instruction: str, expected: list[str]
) -> None:
    dragged = ["approach stick", "grasp stick", "push cube towards bowl"]
    several = f"drag the cube towards the bowl with the stick, then {instruction}"

    assert steps(several) == [*dragged, "release stick", *expected]


@pytest.mark.parametrize(
    ("instruction", "things"),
    [
        ("put the apple and the orange on the plate", ["apple", "orange"]),
        ("apple and lime onto the plate", ["apple", "lime"]),
        ("put the lemon on the plate and the lime on the tray", ["lemon", "lime"]),
        ("put the red mug and the orange on the plate", ["red mug", "orange mug"]),
        ("press the red button and the orange", ["red button", "orange button"]),
    ],
)
def test_a_fruit_beside_things_that_no_colour_tells_apart_is_no_colour(
    instruction: str, things: list[str]
) -> None:
    acted_on = [step.object for step in GrammarPlanner().plan(instruction)]

    assert list(dict.fromkeys(acted_on)) == things


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        (
            "pick up the red mug and put it on the plate, then push the button",
            [*placed("red mug", "on", "plate"), "press button"],
        ),
        ("pick up the mug, set it down on the plate", placed("mug", "on", "plate")),
        ("pick up the mug and put it down", [*picked("mug"), "release mug"]),
        ("pick up and set down the white block", [*picked("white block"), "release white block"]),
        ("open the box and put the mug in it", ["open box", *placed("mug", "in", "box")]),
        (
            "put the mug left of the plate and then the bowl behind it",
            [*placed("mug", "left_of", "plate"), *placed("bowl", "behind", "plate")],
        ),
        (
            "put the mug on the plate and the spoon next to it",
            [*placed("mug", "on", "plate"), *placed("spoon", "next_to", "mug")],
        ),
        (
            "put the apple in the bowl and the spoon to the left of it",
            [*placed("apple", "in", "bowl"), *placed("spoon", "left_of", "bowl")],
        ),
        (
            "put the block in the bottom drawer, then the cylinder and then the moon",
            [
                "open bottom drawer",
                *placed("block", "in", "bottom drawer"),
                *placed("cylinder", "in", "bottom drawer"),
                *placed("moon", "in", "bottom drawer"),
            ],
        ),
        (
            "put the red and the blue mug on the plate",
            [*placed("red mug", "on", "plate"), *placed("blue mug", "on", "plate")],
        ),
        (
            "stack the red block on the blue block. Then the green block on the red one",
            [*placed("red block", "on", "blue block"), *placed("green block", "on", "red block")],
        ),
        (
            "put the red mug on the plate put the bowl on the tray",
            [*placed("red mug", "on", "plate"), *placed("bowl", "on", "tray")],
        ),
        ("stack the red block and the blue block", placed("red block", "on", "blue block")),
        ("stack 2 gray blocks", placed("any gray block", "on", OTHER)),
        ("stack two gray blocks", placed("any gray block", "on", OTHER)),
        (
            "put the money away in the safe on the bottom shelf",
            placed("money", "on", "bottom shelf of safe"),
        ),
        ("take the mug from the plate and put it in the bowl", placed("mug", "in", "bowl")),
    ],
)
def test_sequences(instruction: str, expected: list[str]) -> None:
    assert steps(instruction) == expected


@pytest.mark.parametrize(
    "instruction",
    [
        "put the red mug next to the plate",
        "PUT THE RED MUG NEXT TO THE PLATE!!!",
        "Could you please put the crimson mug next to the plate?",
        "hey robot, I would like you to put the scarlet-coloured mug beside the plate now, thanks",
        "  put\tthe red\nmug (next to) the plate.  ",
    ],
)
def test_says_the_same_in_other_words(instruction: str) -> None:
    assert steps(instruction) == placed("red mug", "next_to", "plate")


def test_texts_read_like_sentences() -> None:
    texts = [subtask.text for subtask in PLANNER.plan("put the mug by its handle on the plate")]
    assert texts == [
        "approach the mug",
        "grasp the mug by the handle",
        "move the mug onto the plate",
        "release the mug",
    ]


@pytest.mark.parametrize("instruction", ["", "   ", "\n\t", "...!?", "🙂"])
def test_empty(instruction: str) -> None:
    assert error(instruction).code is ErrorCode.EMPTY_INSTRUCTION


@pytest.mark.parametrize(
    ("instruction", "named"),
    [
        ("fnord the mug", "fnord"),
        ("Schließe die Tür", "schließe"),
        ("don't pick up the mug", "don't"),
        ("pick up the mug if it is red", "if"),
        ("pick up the mug or the bowl", "or"),
        ("put the mug between the plate and the bowl", "between"),
        ("pick up", "up"),
        ("put the lid on", "on"),
        ("put the mug", "mug"),
        ("put it on the plate", "it"),
        ("push the block to the left", "left"),
        ("slide the block to the left of the bowl", "left"),
        ("pick up the mug on the plate", "mug"),
        ("put all the mugs on the plate", "all"),
        ("pick up the other cup", "other cup"),
        ("stack 3 gray blocks", "3"),
        ("put three blocks in the bowl", "3"),
        ("put the blocks in the bowl", "blocks"),
        ("close the hand", "hand"),
        ("x" * 2000, "1000"),
    ],
)
def test_not_understood_names_the_word_and_what_can_be_said(instruction: str, named: str) -> None:
    caught = error(instruction)
    assert caught.code is ErrorCode.NOT_UNDERSTOOD
    assert named in caught.reason
    assert "pick up the red mug" in caught.cure


@pytest.mark.parametrize(
    "instruction",
    [
        "fly to the moon",
        "please fly to the moon",
        "pick up the mug and dance",
        "bring me the mug",
        "put the red mug on the red mug",
        "push the crimson block to the red block",
        "pick up the mug and the bowl",
        "pick up the mug and open the drawer",
        "pull the mug",
        "turn the mug",
    ],
)
def test_impossible(instruction: str) -> None:
    assert error(instruction).code is ErrorCode.IMPOSSIBLE


def _vocabulary() -> list[str]:
    tables = (verbs.VERBS, small_words.RELATIONS, small_words.SOURCES, small_words.CONNECTIVES)
    phrases = {" ".join(phrase) for table in tables for phrase in table}
    names = "mug plate gray blocks drawer handle one it them that other red left"
    small = "the a 2 two all any of by to up down me and then not"
    return [*sorted(phrases), *f"{names} {small}".split()]


def is_planned_or_declined(instruction: str) -> bool:
    """A valid plan, or one of the errors that an instruction may give."""
    try:
        plan = PLANNER.plan(instruction)
    except ClapError as caught:
        return caught.code in DECLINED
    return check_plan(instruction, plan) == plan


@given(st.lists(st.sampled_from(_vocabulary()), min_size=1, max_size=14).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_any_words_give_a_valid_plan_or_an_error(instruction: str) -> None:
    assert is_planned_or_declined(instruction)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_valid_plan_or_an_error(instruction: str) -> None:
    assert is_planned_or_declined(instruction)


@pytest.mark.parametrize("unit", ["a of ", "use a to ", "pick and ", "the 2 ", "' ", "and then "])
def test_long_nonsense_ends(unit: str) -> None:
    assert error(unit * (1000 // len(unit))).code is not ErrorCode.SUCCESS


def relations(instruction: str) -> list[tuple[str, str, str]]:
    return [
        (step.object, step.relation.value, step.reference)
        for step in GrammarPlanner().plan(instruction)
        if step.action is Action.MOVE
    ]


def test_one_stands_for_what_was_in_the_same_place_before() -> None:
    assert relations("put the red mug on the plate and the blue one in the bowl") == [
        ("red mug", "on", "plate"),
        ("blue mug", "in", "bowl"),
    ]
    assert relations("put the red mug on the left plate and the blue mug on the right one") == [
        ("red mug", "on", "left plate"),
        ("blue mug", "on", "right plate"),
    ]
    assert relations("put the red mug next to the blue one") == [("red mug", "next_to", "blue mug")]


@pytest.mark.parametrize(
    "instruction",
    [
        "put the block in the drawer and close it",
        "open the drawer, put the yellow block in it and close it",
    ],
)
def test_what_is_opened_or_closed_is_something_that_opens(instruction: str) -> None:
    last = GrammarPlanner().plan(instruction)[-1]
    assert (last.action, last.object) == (Action.CLOSE, "drawer")


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        ("put the block on the plate and close it", "nothing that opens or closes was named"),
        ("pick up the yellow and white mug", "'the yellow mug and the white mug'"),
        ("put the yellow and white mug on the plate", "one thing of several colours"),
    ],
)
def test_what_may_mean_two_things_is_asked_back(instruction: str, words: str) -> None:
    with pytest.raises(ClapError, match=words) as caught:
        GrammarPlanner().plan(instruction)
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD
