"""The policy carries demonstrations over to where things are now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from policy_things import (
    GRASP,
    HAND_HOME,
    bracket,
    foot,
    jar,
    policy_of,
    seen,
    shown,
    taking,
)

from clap_core.backends import POLICIES, available
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import rotation_distance, tool_down
from clap_core.task_types import (
    Action,
    GripperCommand,
    HeldObject,
    KeyAction,
    Motion,
    Relation,
    SubTask,
)
from clap_data.archives import DamagedFileError
from clap_learning.policy.align import AlignPolicy, AlignSettings
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.feeling import FEELS_FOR_M, ends_in_touch, until_it_touches
from clap_learning.policy.letting_go import DRAWN_BACK_M
from clap_learning.policy.making import learned_rules
from clap_learning.policy.memory import MEMORY_FILE, Memory, load_memory, save_memory
from clap_learning.policy.surroundings import NOTHING

PLACES = ((0.45, -0.1), (0.5, 0.12), (0.42, 0.05), (0.55, 0.0))


def bar_grasp(at: tuple[float, float], yaw: float) -> np.ndarray:
    """Across the long bar, 8 cm from the corner."""
    c, s = np.cos(yaw), np.sin(yaw)
    middle = np.array([at[0] + 0.08 * c - 0.015 * s, at[1] + 0.08 * s + 0.015 * c, 0.03])
    return tool_down(middle, yaw)


def brackets(*yaws: float) -> list[Demonstration]:
    return [
        shown(bracket(at, yaw, seed), foot(at), taking(bar_grasp(at, yaw)))
        for seed, (at, yaw) in enumerate(zip(PLACES, yaws, strict=False))
    ]


def test_it_is_installed() -> None:
    assert "align" in available(POLICIES)


def test_one_demonstration_is_enough_to_grasp_a_thing_that_is_turned(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, *brackets(0.2))
    at, yaw = (0.5, 0.1), 0.9
    chunk = policy.act(seen(bracket(at, yaw, 9), foot(at)))
    above, grasp = (action.base_T_tcp for action in chunk.actions)
    wanted = bar_grasp(at, yaw)
    np.testing.assert_allclose(grasp[:3, 3], wanted[:3, 3], atol=0.006)
    half_turned = wanted @ np.diag([-1.0, -1.0, 1.0, 1.0])
    off = min(rotation_distance(grasp, wanted), rotation_distance(grasp, half_turned))
    assert off < np.radians(4.0)
    np.testing.assert_allclose(above[:3, 3] - grasp[:3, 3], (0.0, 0.0, 0.1), atol=1e-6)
    assert chunk.done
    assert chunk.held is not None
    assert chunk.held.name == "bracket"
    np.testing.assert_allclose(chunk.held.tcp_above_bottom_m, 0.03, atol=0.004)


def test_demonstrations_that_differ_teach_to_look_at_the_yaw(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, *brackets(0.2, -0.4, 0.7, 0.0))
    at, yaw = (0.48, 0.02), -0.7
    grasp = policy.act(seen(bracket(at, yaw, 9), foot(at))).actions[1].base_T_tcp
    np.testing.assert_allclose(grasp[:3, 3], bar_grasp(at, yaw)[:3, 3], atol=0.006)


def test_a_round_thing_is_taken_at_the_demonstrated_yaw(tmp_path: Path) -> None:
    jars = [
        shown(jar(at, seed), foot(at), taking(tool_down((*at, 0.05), np.arctan2(at[1], at[0]))))
        for seed, at in enumerate(PLACES)
    ]
    at = (0.5, -0.15)
    grasp = policy_of(tmp_path, *jars).act(seen(jar(at, 9), foot(at))).actions[1].base_T_tcp
    wanted = tool_down((*at, 0.05), np.arctan2(at[1], at[0]))
    np.testing.assert_allclose(grasp, wanted, atol=0.01)


def test_the_held_things_foot_is_brought_to_the_place_not_the_hand(tmp_path: Path) -> None:
    put = SubTask(Action.MOVE, "put it on the jar", "bracket", "", Relation.ON, "jar")
    takes, puts = brackets(0.2, -0.4, 0.1, 0.0), []
    for seed, (at, off) in enumerate(zip(PLACES, (0.0, 0.02, -0.03, 0.01), strict=True)):
        tcp_p_held = np.array([off, 0.0, 0.04])
        pose = tool_down((*at, 0.14), np.arctan2(at[1], at[0]))
        pose[:3, 3] -= pose[:3, :3] @ (off, 0.0, 0.0)
        puts.append(shown(jar(at, seed), foot(at, 0.1), (KeyAction(pose),), put, tcp_p_held))
    policy = policy_of(tmp_path, *takes, *puts)
    held = policy.act(seen(bracket((0.5, 0.1), 0.0, 9), foot((0.5, 0.1)))).held
    assert held is not None
    at = (0.45, 0.15)
    (action,) = policy.act(seen(jar(at, 9), foot(at, 0.1), put, held)).actions
    turn = action.base_T_tcp[:3, :3] @ tool_down((0, 0, 0), held.tcp_yaw_rad)[:3, :3].T
    to_foot = turn @ (*held.tcp_to_center_m[:2], -held.tcp_above_bottom_m)
    np.testing.assert_allclose(action.base_T_tcp[:3, 3] + to_foot, (*at, 0.1), atol=0.008)
    assert np.hypot(*to_foot[:2]) > 0.05


def test_a_thing_of_another_name_is_taken_as_far_below_its_own_top(tmp_path: Path) -> None:
    at = PLACES[0]
    policy = policy_of(
        tmp_path, shown(jar(at), foot(at), taking(tool_down((*at, 0.08), 0.2)), GRASP)
    )
    at, can = (0.5, 0.1), SubTask(Action.GRASP, "grasp the can", "can")
    grasp = policy.act(seen(jar(at, 9, height_m=0.07), foot(at), can)).actions[1].base_T_tcp
    np.testing.assert_allclose(grasp[:3, 3], (*at, 0.05), atol=0.005)


def test_a_thing_of_the_same_name_is_taken_as_high_as_was_shown(tmp_path: Path) -> None:
    jars = [shown(jar(at), foot(at), taking(tool_down((*at, 0.08), 0.2))) for at in PLACES]
    at = (0.5, 0.1)
    # Half of it is hidden: a top that is not seen must not matter.
    chunk = policy_of(tmp_path, *jars).act(seen(jar(at, 9, height_m=0.07), foot(at)))
    np.testing.assert_allclose(chunk.actions[1].base_T_tcp[2, 3], 0.08, atol=0.003)


def test_what_happens_at_the_hand_keeps_to_the_hand(tmp_path: Path) -> None:
    lift = SubTask(Action.MOVE, "lift the bracket", "bracket", relation=Relation.UP)
    hand = tool_down((0.5, 0.1, 0.03), 1.2)
    raised = hand.copy()
    raised[2, 3] += 0.15
    state = SubTaskStart(hand[:3, 3], hand, np.zeros(3))
    policy = policy_of(
        tmp_path, Demonstration("test/0", lift, True, state, NOTHING, (KeyAction(raised),))
    )
    held = HeldObject("bracket")
    (action,) = policy.act(seen(bracket((0.5, 0.1), 0.2), foot((0.5, 0.1)), lift, held)).actions
    wanted = HAND_HOME.copy()
    wanted[2, 3] += 0.15
    np.testing.assert_allclose(action.base_T_tcp, wanted, atol=1e-6)


def test_letting_go_on_a_named_place_is_letting_go(tmp_path: Path) -> None:
    hand = tool_down((0.5, 0.1, 0.03), 1.2)
    state = SubTaskStart(hand[:3, 3], hand, np.zeros(3))
    opened = (KeyAction(hand, gripper=GripperCommand.OPEN, width_m=0.08),)
    let_go = SubTask(Action.RELEASE, "let go", "bracket")
    policy = policy_of(tmp_path, Demonstration("test/0", let_go, True, state, NOTHING, opened))
    on_plate = replace(let_go, relation=Relation.ON, reference="plate")
    look = seen(bracket((0.5, 0.1), 0.2), foot((0.5, 0.1)), on_plate, HeldObject("bracket"))
    chunk = policy.act(look)
    np.testing.assert_allclose(chunk.actions[0].base_T_tcp, HAND_HOME, atol=1e-6)
    assert chunk.held is None


def test_a_handle_is_let_go_along_the_fingers_where_nobody_showed_it(tmp_path: Path) -> None:
    hand = tool_down((0.5, 0.1, 0.03), 1.2)
    state = SubTaskStart(hand[:3, 3], hand, np.zeros(3))
    risen = hand.copy()
    risen[2, 3] += 0.2
    let_go = SubTask(Action.RELEASE, "let go", "box", "handle")
    shown_release = (KeyAction(hand, gripper=GripperCommand.OPEN, width_m=0.08), KeyAction(risen))
    policy = policy_of(
        tmp_path, Demonstration("test/0", let_go, True, state, NOTHING, shown_release)
    )
    cloud = bracket((0.5, 0.1), 0.2)
    drawer = replace(let_go, object="top drawer")
    chunk = policy.act(seen(cloud, foot((0.5, 0.1)), drawer, HeldObject("top drawer")))
    opened, back = chunk.actions
    assert opened.gripper is GripperCommand.OPEN
    np.testing.assert_allclose(
        back.base_T_tcp[:3, 3], HAND_HOME[:3, 3] - DRAWN_BACK_M[0] * HAND_HOME[:3, 2]
    )
    as_shown = policy.act(seen(cloud, foot((0.5, 0.1)), let_go, HeldObject("box")))
    np.testing.assert_allclose(as_shown.actions[1].base_T_tcp[2, 3], HAND_HOME[2, 3] + 0.2)


BEHIND = SubTask(
    Action.APPROACH, "go behind it", "jar", relation=Relation.TOWARDS, reference="plate"
)


def going_behind(at: tuple[float, float], way_rad: float, seed: int) -> Demonstration:
    """The hand goes 8 cm behind a jar, which will be pushed 15 cm along the way."""
    way = np.array([np.cos(way_rad), np.sin(way_rad), 0.0])
    behind = KeyAction(tool_down(foot(at, 0.05) - 0.08 * way, way_rad))
    one = shown(jar(at, seed), foot(at), (behind,), BEHIND)
    return replace(one, state=replace(one.state, next_m=foot(at) + 0.15 * way))


def test_the_hand_goes_behind_what_it_will_push(tmp_path: Path) -> None:
    ways = zip(PLACES, (0.3, 2.0, -1.2, -2.6), strict=True)
    demonstrations = [going_behind(at, way, seed) for seed, (at, way) in enumerate(ways)]
    policy = policy_of(tmp_path, *demonstrations)
    look = seen(jar((0.5, 0.1), 9), foot((0.5, 0.1)), BEHIND)
    onward = replace(look, next_keypoint_m=foot((0.5, 0.3)))
    (action,) = policy.act(onward).actions
    np.testing.assert_allclose(action.base_T_tcp[:3, 3], (0.5, 0.02, 0.05), atol=0.005)
    with pytest.raises(ClapError, match="where the next sub-task happens") as refused:
        policy.act(look)
    assert refused.value.code is ErrorCode.IMPOSSIBLE


def test_approaching_is_the_beginning_of_grasping(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, *brackets(0.2))
    near = SubTask(Action.APPROACH, "go to the bracket", "bracket")
    at = (0.5, 0.1)
    chunk = policy.act(seen(bracket(at, 0.3, 9), foot(at), near))
    assert [action.gripper for action in chunk.actions] == [GripperCommand.OPEN]
    assert chunk.held is None


def test_another_attempt_is_another_way(tmp_path: Path) -> None:
    (one,) = brackets(0.2)
    nearer = bar_grasp(PLACES[0], 0.2)
    nearer[:3, 3] -= 0.03 * nearer[:3, 0]
    policy = policy_of(tmp_path, one, replace(one, actions=taking(nearer)))
    at = (0.5, 0.1)
    ways = [
        policy.act(seen(bracket(at, 0.3, 9), foot(at), attempt=attempt)).actions[1].base_T_tcp
        for attempt in (0, 1)
    ]
    assert not np.allclose(*ways, atol=1e-3)


def test_what_is_put_down_is_lowered_until_it_touches(tmp_path: Path) -> None:
    put = SubTask(Action.MOVE, "put it on the jar", "bracket", "", Relation.ON, "jar")
    at = PLACES[0]
    above, on_it = tool_down((*at, 0.25), 0.0), tool_down((*at, 0.14), 0.0)
    poses = (KeyAction(above, Motion.JOINT), KeyAction(on_it, Motion.LINEAR))
    held = np.array([0.0, 0.0, 0.04])
    policy = policy_of(tmp_path, *brackets(0.2), shown(jar(at, 0), foot(at, 0.1), poses, put, held))
    in_hand = policy.act(seen(bracket(at, 0.0, 9), foot(at))).held
    over, down = policy.act(seen(jar(at, 9), foot(at, 0.1), put, in_hand)).actions
    assert [over.motion, down.motion] == [Motion.JOINT, Motion.GUARDED]
    lowered_m = over.base_T_tcp[2, 3] - down.base_T_tcp[2, 3]
    assert lowered_m == pytest.approx(0.11 + FEELS_FOR_M, abs=1e-6)


@pytest.mark.parametrize(
    ("subtask", "touches"),
    [
        (SubTask(Action.PRESS, "press the button", "button"), True),
        (SubTask(Action.MOVE, "put it into", "cup", "", Relation.IN, "vase"), True),
        (SubTask(Action.MOVE, "lift it", "cup", "", Relation.UP), False),
        (SubTask(Action.GRASP, "grasp it", "cup"), False),
        (SubTask(Action.PUSH, "push it", "cube", "", Relation.TOWARDS, "pad"), False),
    ],
)
def test_what_is_put_down_or_pressed_ends_in_a_touch(subtask: SubTask, touches: bool) -> None:
    assert ends_in_touch(subtask) is touches


@pytest.mark.parametrize(
    "change",
    [
        {"gripper": GripperCommand.OPEN},
        {"motion": Motion.JOINT},
        {"base_T_tcp": tool_down((0.45, 0.0, 0.14), 0.0)},
    ],
)
def test_what_lets_go_or_goes_in_from_the_side_is_done_as_it_was_shown(
    change: dict[str, Any],
) -> None:
    down = KeyAction(tool_down((0.5, 0.0, 0.14), 0.0), Motion.LINEAR)
    start = tool_down((0.5, 0.0, 0.25), 0.0)
    assert until_it_touches((down,), start)[0].motion is Motion.GUARDED
    other = replace(down, **change)
    assert until_it_touches((other,), start) == (other,)


@pytest.mark.parametrize(
    "subtask",
    [
        SubTask(Action.OPEN, "open the bracket", "bracket"),
        SubTask(Action.GRASP, "grasp the jar", "jar"),
    ],
)
def test_what_nothing_resembles_is_refused(tmp_path: Path, subtask: SubTask) -> None:
    policy = policy_of(tmp_path, *brackets(0.2))
    with pytest.raises(ClapError) as refused:
        policy.act(seen(jar((0.5, 0.1), 9), foot((0.5, 0.1)), subtask))
    assert refused.value.code is ErrorCode.IMPOSSIBLE
    assert subtask.text in refused.value.reason


def test_what_is_out_of_reach_is_refused_before_anything_moves(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, *brackets(0.2))
    with pytest.raises(ClapError) as refused:
        policy.act(seen(bracket((0.9, 0.3), 0.2, 9), foot((0.9, 0.3))))
    assert refused.value.code is ErrorCode.UNREACHABLE


def test_a_memory_that_is_read_is_what_was_written(tmp_path: Path) -> None:
    demonstrations = tuple(brackets(0.2, -0.4, 0.7))
    memory = Memory(demonstrations, learned_rules(demonstrations))
    save_memory(tmp_path, memory, 3)
    again = load_memory(tmp_path)
    assert again.rules == memory.rules
    for one, other in zip(again.demonstrations, demonstrations, strict=True):
        np.testing.assert_allclose(one.look.xyz, other.look.xyz, atol=2e-4)
        np.testing.assert_array_equal(one.look.rgb, other.look.rgb)
        assert one.subtask == other.subtask
        np.testing.assert_array_equal(one.actions[1].base_T_tcp, other.actions[1].base_T_tcp)


def test_a_memory_that_is_cut_short_is_named(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, *brackets(0.2))
    path = tmp_path / MEMORY_FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedFileError, match=MEMORY_FILE):
        policy.warm_up()


def test_a_memory_that_was_exchanged_is_named(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, *brackets(0.2))
    save_memory(tmp_path / "other", Memory((), ()), 0)
    (tmp_path / "other" / MEMORY_FILE).replace(tmp_path / MEMORY_FILE)
    with pytest.raises(ClapError, match=f"{MEMORY_FILE} is not what SHA256SUMS says"):
        policy.warm_up()


def test_a_memory_that_is_not_there_is_named(tmp_path: Path) -> None:
    policy = AlignPolicy(AlignSettings(memory=str(tmp_path / "none")))
    with pytest.raises(ClapError, match="none") as missing:
        policy.act(seen(bracket((0.5, 0.1), 0.2), foot((0.5, 0.1)), GRASP))
    assert missing.value.code is ErrorCode.INVALID_REQUEST
