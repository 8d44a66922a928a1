"""The older Panda's arm over a library that calls back as panda-python does. No Panda was there."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_core.robot.specification import HOME, arm_specification
from clap_franka.config import FollowerConfig
from clap_franka.fci.arm_loop import ArmLoop
from clap_franka.fci.config import FciConfig
from clap_franka.fci.libraries import hand_by, loaded
from clap_franka.fci.messages import Cancel, Connected, End, Ended, Order, Start, Trouble
from clap_franka.fci.panda_arm import PandaArm
from clap_franka.fci.robot_states import FIELDS
from clap_franka.fci.shared_state import SharedState
from clap_franka.motion.follower import Ending
from clap_franka.motion.goal import GoalRules, RequestPoint, TrajectoryRequest
from clap_franka.motion.limits import JointLimits

ARM = arm_specification("panda")
DEADLINE_S = 20.0
IDLE, MOVE, REFLEX = 1, 2, 4
REFLEX_TEXT = 'libfranka: Move command aborted: motion aborted by reflex! ["joint_reflex"]'
OTHER_STATE = ("dq", "robot_mode", "time", "current_errors", "last_motion_errors")
CONTACTS = ("joint_contact", "cartesian_contact", "joint_collision", "cartesian_collision")


class FakeRobot:
    """As ``panda_py.libfranka.Robot``: obeys at once.

    Attributes:
        fails_at: number of commands after which a motion ends by a reflex.
    """

    def __init__(self, address: str = "", realtime: object = None) -> None:
        self.q = list(HOME)
        self.mode = IDLE
        self.commands: list[Any] = []
        self.called: list[tuple[object, ...]] = []
        self.fails_at: int | None = None

    def state(self) -> Any:
        sizes = {"m_ee": 0.7, "m_load": 0.0, "control_command_success_rate": 1.0}
        state = {name: [0.0] * _size(name) for _, name in FIELDS} | sizes
        state |= {name: [0.0] * (7 if "joint" in name else 6) for name in CONTACTS}
        state |= {"current_errors": "", "last_motion_errors": "", "robot_mode": self.mode}
        state |= {"q": list(self.q), "q_d": list(self.q), "dq": [0.0] * 7}
        return SimpleNamespace(**state, time=SimpleNamespace(to_sec=lambda: 1.0))

    def read_once(self) -> Any:
        time.sleep(0.001)
        return self.state()

    def server_version(self) -> int:
        return 5

    def control_joint_position(
        self, cycle: Any, mode: str, limit_rate: bool, cutoff_frequency: float
    ) -> None:
        if self.mode == REFLEX:
            raise RuntimeError('libfranka: Move command rejected: current mode ("Reflex")!')
        assert (mode, limit_rate, cutoff_frequency) == ("joint", True, 1000.0)
        self.mode = MOVE
        finished = False
        while not finished:
            time.sleep(0.001)
            command = cycle(self.state(), SimpleNamespace(to_sec=lambda: 0.001))
            self.commands.append(command)
            self.q, finished = command.q, command.motion_finished
            if self.fails_at is not None and len(self.commands) >= self.fails_at:
                self.mode, self.fails_at = REFLEX, None
                raise RuntimeError(REFLEX_TEXT)
        self.mode = IDLE

    def automatic_error_recovery(self) -> None:
        self.mode = IDLE

    def __getattr__(self, name: str) -> Any:
        if name not in ("set_collision_behavior", "set_joint_impedance", "set_ee", "set_k"):
            raise AttributeError(name)
        return lambda *arguments: self.called.append((name, *arguments))


def _size(name: str) -> int:
    if "_T_" in name:
        return 16
    return 3 if name.startswith("F_x") else 6 if name.startswith(("O_", "K_")) else 7


class Rig:
    """The loop over a Panda in a thread, and the node's end of its pipe."""

    def __init__(self) -> None:
        self.robot = FakeRobot()
        library: Any = SimpleNamespace(
            Robot=lambda *_: self.robot,
            RealtimeConfig=SimpleNamespace(kEnforce=0, kIgnore=1),
            ControllerMode=SimpleNamespace(kJointImpedance="joint"),
            JointPositions=lambda q: SimpleNamespace(q=q, motion_finished=False),
        )
        thresholds = [[20.0] * 7, [40.0] * 7, [20.0] * 6, [40.0] * 6]
        arm = PandaArm(library, "panda.invalid", False, [600.0] * 7, thresholds)
        self.shared = SharedState()
        self.link, theirs = multiprocessing.Pipe()
        limits = JointLimits(ARM)
        loop = ArmLoop(arm, theirs, self.shared, FollowerConfig(), limits, lambda _: None)
        self.thread = threading.Thread(target=loop.run, daemon=True)
        self.thread.start()

    def hear(self, kind: type[Any]) -> Any:
        while self.link.poll(DEADLINE_S):
            message = self.link.recv()
            if isinstance(message, kind):
                return message
        raise AssertionError(f"no {kind.__name__}")

    def move(self, number: int, offset: float, seconds: float) -> None:
        rules = GoalRules(
            ARM.joint_names,
            np.array(ARM.position_min),
            np.array(ARM.position_max),
            np.array(ARM.velocity),
            0.01,
            1.0,
        )
        points = [RequestPoint(seconds, np.array(HOME) + offset, np.zeros(7), np.zeros(7))]
        goal = rules.check(TrajectoryRequest(ARM.joint_names, points), 0.0)
        self.link.send(Start(number, goal, 0.0))

    def end(self) -> None:
        self.link.send(End())
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()
        self.shared.close()


@pytest.fixture
def rig() -> Any:
    rig = Rig()
    yield rig
    rig.end()


def test_goals_are_followed_to_their_ends_one_after_the_other(rig: Rig) -> None:
    assert rig.hear(Connected).version == "5"
    for number, offset in ((1, 0.1), (2, 0.0)):
        rig.robot.commands.clear()
        rig.move(number, offset, 0.5)
        assert rig.hear(Ended).outcome.ending is Ending.SUCCEEDED
        commands = np.array([command.q for command in rig.robot.commands])
        np.testing.assert_allclose(commands[0], np.array(HOME) + 0.1 - offset, atol=1e-4)
        np.testing.assert_allclose(commands[-1], np.array(HOME) + offset, atol=1e-9)
        assert 490 <= len(commands) <= 510
        assert [command.motion_finished for command in rig.robot.commands].count(True) == 1


def test_a_cancelled_goal_slows_down_and_ends(rig: Rig) -> None:
    rig.move(1, 0.5, 4.0)
    end = time.monotonic() + DEADLINE_S
    while rig.robot.q[0] < 0.05:
        assert time.monotonic() < end
        time.sleep(0.001)
    rig.link.send(Cancel(1))
    assert rig.hear(Ended).outcome.ending is Ending.CANCELED
    assert rig.robot.commands[-1].motion_finished
    steps = np.diff([command.q for command in rig.robot.commands], 2, axis=0) / 1e-6
    assert np.all(np.abs(steps).max(axis=0) <= 1.01 * np.array(ARM.acceleration))


def test_a_reflex_is_named_and_recovery_makes_it_move_again(rig: Rig) -> None:
    rig.robot.fails_at = 100
    rig.move(1, 0.1, 0.5)
    ended = rig.hear(Ended).outcome
    assert ended.ending is Ending.ABORTED and "a collision" in ended.reason
    rig.move(2, 0.1, 0.5)
    assert "reflex" in rig.hear(Ended).outcome.reason
    rig.link.send(Order(3, "automatic_error_recovery"))
    rig.link.send(Order(4, "set_EE", ([1.0] * 16,)))
    deadline = time.monotonic() + DEADLINE_S
    while ("set_ee", [1.0] * 16) not in rig.robot.called:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    rig.robot.q = list(HOME)
    rig.move(5, 0.1, 0.5)
    assert rig.hear(Ended).outcome.ending is Ending.SUCCEEDED


def test_a_motion_that_the_robot_refuses_is_named(rig: Rig) -> None:
    rig.hear(Connected)
    state = rig.robot.state

    def looks_idle() -> Any:
        told = state()
        told.robot_mode = IDLE
        return told

    rig.robot.state = looks_idle  # type: ignore[method-assign]
    rig.robot.mode = REFLEX
    rig.move(1, 0.1, 0.5)
    assert "reflex" in rig.hear(Trouble).error.reason


def test_without_the_library_its_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "panda_py", None)
    for load in (lambda: loaded("panda-python"), lambda: hand_by("panda-python", "10.0.0.2")):
        with pytest.raises(ClapError) as caught:
            load()
        assert caught.value.code is ErrorCode.NODE_UNAVAILABLE
        assert "pip install panda-python" in caught.value.cure


def test_panda_python_is_not_for_an_fr3() -> None:
    assert FciConfig(library="panda-python", arm_id="panda").arm_id == "panda"
    with pytest.raises(ValidationError, match="arm_id must be panda or fer"):
        FciConfig(library="panda-python")


def test_panda_python_has_the_names_that_are_used() -> None:
    library = pytest.importorskip("panda_py.libfranka", reason="docs/fci.md says how to have it")
    state = [theirs for _, theirs in FIELDS] + [*OTHER_STATE, *CONTACTS, "q"]
    names = {
        library.RobotState: state,
        library.Robot: [
            "read_once", "server_version", "control_joint_position", "automatic_error_recovery",
            "set_collision_behavior", "set_joint_impedance", "set_cartesian_impedance", "set_ee",
            "set_k", "set_load",
        ],
        library.Gripper: ["server_version", "read_once", "homing", "move", "grasp", "stop"],
        library.GripperState: ["width", "max_width"],
        library.RealtimeConfig: ["kEnforce", "kIgnore"],
        library.ControllerMode: ["kJointImpedance"],
        library.Duration: ["to_sec"],
    }  # fmt: skip
    missing = [
        name for owner, wanted in names.items() for name in wanted if not hasattr(owner, name)
    ]
    assert missing == []
    arguments = library.Robot.control_joint_position.__doc__
    order = ["motion_generator_callback", "controller_mode", "limit_rate", "cutoff_frequency"]
    places = [arguments.index(f"{name}:") for name in order]
    assert places == sorted(places)
    command = library.JointPositions([0.1] * 7)
    command.motion_finished = True
    assert command.q == [0.1] * 7
    assert int(library.RobotMode.kReflex) == REFLEX
    with pytest.raises(RuntimeError, match="libfranka"):
        library.Robot("127.250.250.250")
