"""The coarse-to-fine loop: order, retries, recoveries, cancelling, and never moving on after a
failure."""

from __future__ import annotations

import pytest
from fake_surroundings import FakeSurroundings, key_action

from clap_core.control_loop import run_task
from clap_core.control_loop_types import LoopConfig, LoopStage
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import (
    UNKNOWN_OBJECT,
    Action,
    ActionChunk,
    GripperCommand,
    HeldObject,
    SubTask,
)

PUT = "put the red mug next to the plate"
PUT_MOTIONS = [
    "approach the red mug",
    "open",
    "close",
    "lift",
    "move the red mug next to the plate",
    "lower",
    "let go",
    "up",
]


def failure(code: ErrorCode) -> ClapError:
    return ClapError(code, f"reason of {code.name}", "Do something")


@pytest.fixture
def world() -> FakeSurroundings:
    return FakeSurroundings()


def test_a_task_that_goes_well(world: FakeSurroundings) -> None:
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert outcome.error_msg == ""
    assert outcome.held is None
    assert world.motions == PUT_MOTIONS
    assert [result.subtask.text for result in outcome.results] == [
        "approach the red mug",
        "grasp the red mug",
        "move the red mug next to the plate",
        "release the red mug",
    ]
    assert all(result.attempts == 1 for result in outcome.results)
    assert [action.text for action in outcome.results[1].actions] == ["open", "close", "lift"]
    assert outcome.results[2].keypoint is not None
    assert outcome.results[2].keypoint.label == "plate"
    assert outcome.duration_s == pytest.approx(world.time_ns / 1e9)
    assert sum(result.duration_s for result in outcome.results) < outcome.duration_s


class _Opens(FakeSurroundings):
    """Opens a drawer in one go: takes the handle, pulls, lets go."""

    def predict(self, subtask: SubTask, *rest: object) -> ActionChunk:
        taken = key_action("take", GripperCommand.GRASP)
        return ActionChunk((taken, key_action("pull"), key_action("leave")), None, done=True)


def test_a_handle_is_in_the_hand_while_it_is_pulled() -> None:
    world = _Opens()
    world.failures["execute pull"] = [failure(ErrorCode.TIMEOUT)]
    outcome = run_task("open the top drawer", world)
    assert outcome.error_code is ErrorCode.TIMEOUT
    assert outcome.held is not None
    assert outcome.held.name == "top drawer"
    assert "still holds the top drawer" in outcome.error_msg


def test_a_handle_that_was_left_is_not_in_the_hand() -> None:
    assert run_task("open the top drawer", _Opens()).held is None


def test_a_place_that_the_plan_makes_first_is_not_looked_for_before(
    world: FakeSurroundings,
) -> None:
    run_task("put the red block on the pad and the blue block on the red block", world)
    before = world.calls[: world.calls.index("execute approach the red block")]
    assert "find move the red block onto the pad" in before
    assert "find move the blue block onto the red block" not in before


def test_everything_named_is_looked_for_before_the_first_motion(world: FakeSurroundings) -> None:
    run_task(f"{PUT}, then push the block towards the bowl", world)

    before = world.calls[: world.calls.index("execute approach the red mug")]
    assert [call for call in before if call.startswith("find")] == [
        "find approach the red mug",
        "find move the red mug next to the plate",
        "find push the block towards the bowl",
        "find look for the bowl",
        "find move the red mug next to the plate",  # does it stand there already?
        "find approach the red mug",  # the first sub-task's own look
    ]


def test_every_look_is_newer_than_the_last_motion(world: FakeSurroundings) -> None:
    ends: list[int] = []
    find = world.find_keypoint

    def find_and_note(subtask, not_before_ns):  # type: ignore[no-untyped-def]
        ends.append(world.last_motion_end_ns)
        return find(subtask, not_before_ns)

    world.find_keypoint = find_and_note  # type: ignore[method-assign]
    run_task(PUT, world)

    assert [not_before for _, not_before in world.not_before] == ends
    assert len(set(ends)) > 3


def test_events_tell_what_happens(world: FakeSurroundings) -> None:
    run_task("press the button", world)

    assert [(event.stage, event.text) for event in world.events] == [
        (LoopStage.PLANNING, "planning 'press the button'"),
        (LoopStage.GROUNDING, "looking for what was named"),
        (LoopStage.GROUNDING, "found button"),
        (LoopStage.LOOKING, "looking: press the button"),
        (LoopStage.ACTING, "press the button"),
        (LoopStage.DONE, "press the button: done"),
    ]
    acting = world.events[4]
    assert (acting.index, acting.count) == (0, 1)
    assert acting.keypoint is not None
    assert acting.action is not None


def test_events_tell_what_the_hand_holds_meanwhile(world: FakeSurroundings) -> None:
    run_task(PUT, world)
    held = {event.subtask.action: event.held for event in world.events if event.subtask}
    assert held[Action.MOVE] is not None and held[Action.MOVE].name == "red mug"
    assert held[Action.RELEASE] is None
    assert world.events[0].held is None


def test_looks_again_until_the_policy_is_done(world: FakeSurroundings) -> None:
    world.looks_needed = 3
    outcome = run_task("press the button", world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert world.motions == ["press the button"] * 3
    assert outcome.results[0].attempts == 1


def test_gives_up_on_a_policy_that_is_never_done(world: FakeSurroundings) -> None:
    world.looks_needed = 99
    outcome = run_task("press the button", world, LoopConfig(max_looks=4))

    assert outcome.error_code is ErrorCode.GAVE_UP
    assert len(world.motions) == 4


# what is so already

STACKED = "put the red mug next to the plate, then press the button"
MOVE = "move the red mug next to the plate"


def test_what_stands_where_it_is_to_go_is_left_there(world: FakeSurroundings) -> None:
    world.already_so = {MOVE}
    outcome = run_task(STACKED, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert world.motions == ["press the button"]
    assert [(done.subtask.action, done.attempts) for done in outcome.results] == [
        (Action.APPROACH, 0),
        (Action.GRASP, 0),
        (Action.MOVE, 0),
        (Action.RELEASE, 0),
        (Action.PRESS, 1),
    ]
    assert f"release the red mug: not needed, '{MOVE}' is so already" in [
        event.text for event in world.events
    ]


def test_what_is_in_the_hand_is_put_down_wherever_it_seems_to_stand(
    world: FakeSurroundings,
) -> None:
    world.already_so = {MOVE}
    run_task(STACKED, world, held=HeldObject("red mug"))
    assert "lower" in world.motions


def test_a_finder_that_is_unsure_skips_nothing(world: FakeSurroundings) -> None:
    world.already_so = {MOVE}
    world.certainty = 0.5
    run_task(STACKED, world)
    assert "lower" in world.motions


def test_a_place_that_is_not_seen_before_the_pick_is_not_taken_for_done(
    world: FakeSurroundings,
) -> None:
    world.already_so = {MOVE}
    unseen = ClapError(ErrorCode.OBJECT_NOT_FOUND, "no plate is seen", "Look")
    world.failures[f"find {MOVE}"] = [None, unseen]
    assert run_task(STACKED, world).error_code is ErrorCode.SUCCESS
    assert "lower" in world.motions


# what fails before anything moves


@pytest.mark.parametrize(
    ("instruction", "code"),
    [
        ("", ErrorCode.EMPTY_INSTRUCTION),
        ("fnord", ErrorCode.NOT_UNDERSTOOD),
        ("fly to the moon", ErrorCode.IMPOSSIBLE),
        ("put down the mug", ErrorCode.IMPOSSIBLE),
    ],
)
def test_a_bad_instruction_moves_nothing(
    world: FakeSurroundings, instruction: str, code: ErrorCode
) -> None:
    outcome = run_task(instruction, world)

    assert outcome.error_code is code
    assert outcome.error_msg
    assert outcome.results == ()
    assert world.calls == ["plan"]


@pytest.mark.parametrize(
    "call", ["find approach the red mug", "find move the red mug next to the plate"]
)
@pytest.mark.parametrize(
    "code", [ErrorCode.OBJECT_NOT_FOUND, ErrorCode.AMBIGUOUS, ErrorCode.CLOUD_STALE]
)
def test_what_is_not_there_moves_nothing(
    world: FakeSurroundings, call: str, code: ErrorCode
) -> None:
    world.failures[call] = [ClapError(code, "no such thing", "Look again", ("blue bowl",))]
    outcome = run_task(PUT, world)

    assert outcome.error_code is code
    assert "blue bowl" in outcome.error_msg
    assert world.motions == []


def test_what_may_be_inside_is_looked_for_once_it_is_open(world: FakeSurroundings) -> None:
    missing = failure(ErrorCode.OBJECT_NOT_FOUND)
    world.failures["find approach the block"] = [missing]
    outcome = run_task("open the drawer and pick up the block", world)
    assert outcome.error_code is ErrorCode.SUCCESS

    world.failures["find approach the block"] = [missing]
    outcome = run_task("pick up the block and put it down, then open the drawer", world)
    assert outcome.error_code is ErrorCode.OBJECT_NOT_FOUND


def test_a_planner_that_answers_nonsense_moves_nothing(world: FakeSurroundings) -> None:
    world.plan = lambda instruction: ()  # type: ignore[method-assign]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.INVALID_REQUEST
    assert world.calls == []


# what fails on the way

ALL_STAGES = [
    "plan",
    "find approach the red mug",
    "predict approach the red mug",
    "execute approach the red mug",
    "find grasp the red mug",
    "predict grasp the red mug",
    "execute open",
    "execute close",
    "execute lift",
    "find move the red mug next to the plate",
    "predict move the red mug next to the plate",
    "execute move the red mug next to the plate",
    "find release the red mug",
    "predict release the red mug",
    "execute lower",
    "execute let go",
    "execute up",
]
HOLDING = ALL_STAGES[ALL_STAGES.index("execute lift") : ALL_STAGES.index("execute let go") + 1]
HOLDING.remove("find move the red mug next to the plate")  # first asked while grounding


def ends_holding(world: FakeSurroundings, call: str, outcome_held: HeldObject | None) -> None:
    """The arm stopped where `call` failed, and what is said of the hand is true."""
    assert world.calls[-1] == call
    if call == "execute close":
        assert outcome_held is UNKNOWN_OBJECT  # the fingers may have closed on it, or not
    else:
        assert (outcome_held is not None) == (call in HOLDING)


@pytest.mark.parametrize("call", ALL_STAGES)
@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.NODE_UNAVAILABLE,
        ErrorCode.TIMEOUT,
        ErrorCode.UNREACHABLE,
        ErrorCode.OUT_OF_WORKSPACE,
        ErrorCode.TRAJECTORY_ABORTED,
        ErrorCode.GRIPPER_FAILED,
        ErrorCode.ROBOT_NOT_READY,
    ],
)
def test_an_error_stops_the_arm_where_it_is(
    world: FakeSurroundings, call: str, code: ErrorCode
) -> None:
    world.failures[call] = [failure(code)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is code
    assert f"reason of {code.name}" in outcome.error_msg
    ends_holding(world, call, outcome.held)
    assert ("still holds the red mug" in outcome.error_msg) == (call in HOLDING)
    if outcome.results:
        assert outcome.results[-1].error_code is code
        assert all(result.error_code == 0 for result in outcome.results[:-1])


@pytest.mark.parametrize("call", ALL_STAGES)
def test_cancel_during_a_call_stops_the_arm(world: FakeSurroundings, call: str) -> None:
    world.cancel_at = call
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.CANCELED
    ends_holding(world, call, outcome.held)


@pytest.mark.parametrize("number", range(16))
def test_cancel_between_calls_stops_the_arm(world: FakeSurroundings, number: int) -> None:
    seen: list[object] = []
    motions: list[int] = []

    def at_number(event: object) -> bool:
        seen.append(event)
        if len(seen) == number + 1:
            motions.append(len(world.motions))
        return len(seen) == number + 1

    world.cancel_on(at_number)
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.CANCELED
    # The call that was just announced may still begin; the robot's side ends it (see above).
    assert len(world.motions) <= motions[0] + 1


def test_cancel_before_the_start(world: FakeSurroundings) -> None:
    world.cancel()
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.CANCELED
    assert world.calls == []


def test_a_defect_ends_the_task_and_not_the_program(world: FakeSurroundings) -> None:
    world.failures["execute lower"] = [ZeroDivisionError("oops")]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.INTERNAL
    assert "oops" in outcome.error_msg
    assert outcome.held is not None
    assert world.calls[-1] == "execute lower"

    world.failures["plan"] = [KeyError("oops")]
    assert run_task(PUT, world).error_code is ErrorCode.INTERNAL


# another attempt


def test_a_failed_grasp_is_tried_again_after_another_look(world: FakeSurroundings) -> None:
    world.failures["execute close"] = [failure(ErrorCode.GRASP_FAILED)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert outcome.results[1].attempts == 2
    tail = world.calls[world.calls.index("execute close") + 1 :]
    assert tail[:5] == [
        "find grasp the red mug",
        "predict grasp the red mug attempt 1",
        "execute open attempt 1",
        "execute close attempt 1",
        "execute lift attempt 1",
    ]
    assert LoopStage.RECOVERING in [event.stage for event in world.events]


def test_gives_up_on_a_grasp_that_keeps_failing(world: FakeSurroundings) -> None:
    for retry in ("", " attempt 1", " attempt 2"):
        world.failures[f"execute close{retry}"] = [failure(ErrorCode.GRASP_FAILED)]
    outcome = run_task(PUT, world, LoopConfig(max_attempts=3))

    assert outcome.error_code is ErrorCode.GRASP_FAILED
    assert "after 3 attempts" in outcome.error_msg
    assert outcome.results[-1].attempts == 3
    assert outcome.held is None
    assert world.calls[-1] == "execute close attempt 2"


def test_what_was_dropped_is_picked_up_again_once(world: FakeSurroundings) -> None:
    move = "move the red mug next to the plate"
    world.failures[f"execute {move}"] = [failure(ErrorCode.OBJECT_DROPPED)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert world.motions == [*PUT_MOTIONS[:5], *PUT_MOTIONS]

    world.failures[f"execute {move}"] = [failure(ErrorCode.OBJECT_DROPPED)] * 2
    outcome = run_task(PUT, world)
    assert outcome.error_code is ErrorCode.OBJECT_DROPPED
    assert outcome.held is None


# reflexes


def test_a_reflex_is_recovered_from_once(world: FakeSurroundings) -> None:
    world.failures["execute approach the red mug"] = [failure(ErrorCode.ROBOT_REFLEX)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    at = world.calls.index("recover")
    assert world.calls[at - 1] == "execute approach the red mug"
    assert world.calls[at + 1 : at + 3] == [
        "find approach the red mug",
        "predict approach the red mug attempt 1",
    ]


def test_a_second_reflex_ends_the_task(world: FakeSurroundings) -> None:
    world.failures["execute approach the red mug"] = [failure(ErrorCode.ROBOT_REFLEX)] * 2
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.ROBOT_REFLEX
    assert world.calls.count("recover") == 1
    assert world.calls[-1] == "execute approach the red mug"


def test_a_recovery_that_fails_ends_the_task(world: FakeSurroundings) -> None:
    world.failures["execute lower"] = [failure(ErrorCode.ROBOT_REFLEX)]
    world.failures["recover"] = [failure(ErrorCode.ROBOT_NOT_READY)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.ROBOT_NOT_READY
    assert outcome.held is not None
    assert world.calls[-1] == "recover"


def test_cancel_wins_over_recovery(world: FakeSurroundings) -> None:
    world.failures["execute lower"] = [failure(ErrorCode.ROBOT_REFLEX)]
    world.cancel_on(lambda event: event.stage is LoopStage.RECOVERING)
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.CANCELED
    assert "recover" not in world.calls


def test_a_grasp_that_holds_is_not_undone_by_a_reflex(world: FakeSurroundings) -> None:
    world.failures["execute lift"] = [failure(ErrorCode.ROBOT_REFLEX)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert world.motions == PUT_MOTIONS
    assert outcome.results[1].attempts == 2


def test_a_release_that_opened_is_not_repeated_after_a_reflex(world: FakeSurroundings) -> None:
    world.failures["execute up"] = [failure(ErrorCode.ROBOT_REFLEX)]
    outcome = run_task(PUT, world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert world.motions == PUT_MOTIONS


# time


def test_a_task_that_takes_too_long_stops(world: FakeSurroundings) -> None:
    outcome = run_task(PUT, world, LoopConfig(task_timeout_s=1.0))

    assert outcome.error_code is ErrorCode.TIMEOUT
    assert "the task took longer than 1 s" in outcome.error_msg
    assert world.time_ns < 1.4e9


def test_a_subtask_that_takes_too_long_stops(world: FakeSurroundings) -> None:
    world.looks_needed = 99
    outcome = run_task("press the button", world, LoopConfig(subtask_timeout_s=1.0))

    assert outcome.error_code is ErrorCode.TIMEOUT
    assert "'press the button' took longer" in outcome.error_msg


# what an earlier task left in the hand

MUG = HeldObject("red mug", radius_m=0.04)


def test_what_is_held_is_neither_looked_for_nor_grasped_again(world: FakeSurroundings) -> None:
    outcome = run_task(PUT, world, held=MUG)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert world.motions == PUT_MOTIONS[4:]
    assert not any("find approach" in call or "find grasp" in call for call in world.calls)
    assert outcome.held is None


@pytest.mark.parametrize("instruction", ["pick up the bowl", "press the button", "open the box"])
def test_a_full_hand_declines_other_work(world: FakeSurroundings, instruction: str) -> None:
    outcome = run_task(instruction, world, held=MUG)

    assert outcome.error_code is ErrorCode.IMPOSSIBLE
    assert "holds the red mug" in outcome.error_msg
    assert "let go" in outcome.error_msg
    assert outcome.held is MUG
    assert world.motions == []


@pytest.mark.parametrize("instruction", ["let go", "put down the red mug"])
def test_what_is_held_can_be_put_down(world: FakeSurroundings, instruction: str) -> None:
    outcome = run_task(instruction, world, held=MUG)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert outcome.held is None
    assert world.motions == ["lower", "let go", "up"]


@pytest.mark.parametrize(
    "instruction",
    [PUT, "press the button", "put down the red mug", "put the unknown object on the plate"],
)
def test_a_hand_that_nobody_remembers_declines_all_work(
    world: FakeSurroundings, instruction: str
) -> None:
    outcome = run_task(instruction, world, held=UNKNOWN_OBJECT)

    assert outcome.error_code is ErrorCode.IMPOSSIBLE
    assert "neither closed nor fully open" in outcome.error_msg
    assert "Say 'let go'" in outcome.error_msg
    assert outcome.held is UNKNOWN_OBJECT
    assert world.calls == ["plan"]


def test_a_hand_that_nobody_remembers_can_let_go_and_work_on(world: FakeSurroundings) -> None:
    outcome = run_task(f"let go, then {PUT}", world, held=UNKNOWN_OBJECT)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert outcome.held is None
    assert world.motions == ["lower", "let go", "up", *PUT_MOTIONS]


def test_let_go_opens_an_empty_hand_too(world: FakeSurroundings) -> None:
    assert run_task("let go", world).error_code is ErrorCode.SUCCESS


def test_a_lift_leaves_the_object_in_the_hand_under_the_plans_name(
    world: FakeSurroundings,
) -> None:
    outcome = run_task("pick up the red mug", world)

    assert outcome.held is not None
    assert outcome.held.name == "red mug"
    assert outcome.held.radius_m == 0.04
    assert outcome.held.tcp_yaw_rad == 1.0  # as the last chunk said


def test_a_tool_may_be_used(world: FakeSurroundings) -> None:
    outcome = run_task("use the stick to push the cube towards the bowl", world)

    assert outcome.error_code is ErrorCode.SUCCESS
    assert outcome.held is not None
    assert outcome.held.name == "stick"
