"""What the doctor says of what was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clap_cli.doctor.findings import Finding, Level
from clap_cli.doctor.seen import (
    CameraPosesFile,
    Computer,
    Diagnosis,
    Port,
    RobotLink,
    RunningStack,
    Seen,
    Topic,
    UsbCamera,
)
from clap_cli.doctor.table import examine

COMPUTER = Computer("6.8.1-rt", True, 99, int(500e9), True, ("performance",))
GOOD_TOPIC = Topic(100, 25.0, 0.01)
STACK = RunningStack(
    nodes=("/keypoint", "/policy"),
    seconds=4.0,
    topics={
        "/tf": GOOD_TOPIC,
        "/joint_states": GOOD_TOPIC,
        "/camera/front/color/camera_info": GOOD_TOPIC,
    },
    cameras=("front",),
    active="",
    robot_mode="idle",
    diagnoses={"keypoint": Diagnosis(0, "active")},
)
ROBOT = RobotLink("10.0.0.2", Port.OPEN, Port.OPEN, True, 10, (0.2,) * 40)
LAB = Seen(
    COMPUTER,
    STACK,
    CameraPosesFile("cameras.yaml", 3.0, True),
    ROBOT,
    (UsbCamera("Intel(R) RealSense(TM) Depth Camera 435", 5000.0),),
)
NOTHING = Seen(
    replace(COMPUTER, is_realtime=False, max_priority=0), RunningStack(()), LAB.calibration
)


def found(seen: Seen, name: str) -> Finding:
    """The worst of what is said under a name."""
    order = list(Level)
    return max((f for f in examine(seen) if f.name == name), key=lambda f: order.index(f.level))


def changed(**values: Any) -> Seen:
    """The good laboratory with other values of its stack."""
    return replace(LAB, stack=replace(STACK, **values))


def with_topic(name: str, topic: Topic, **values: Any) -> Seen:
    return changed(topics={**STACK.topics, name: topic}, **values)


def test_a_good_laboratory_has_nothing_to_cure() -> None:
    assert [f for f in examine(LAB) if f.level is not Level.OK] == []
    assert "protocol version 10" in found(LAB, "robot system").text


def test_with_nothing_running_nothing_is_wrong_and_it_says_how_to_start() -> None:
    findings = examine(NOTHING)
    assert {f.level for f in findings} == {Level.OK, Level.SKIPPED}
    assert "./clap launch sim" in found(NOTHING, "stack").cure
    assert "--robot-ip" in found(NOTHING, "robot").cure


def test_what_is_not_well_has_a_cure() -> None:
    bad = Seen(
        Computer("6.8", False, 0, int(5e9), False, ("powersave",)),
        replace(STACK, active=None, robot_mode="reflex", topics={"/tf": Topic(0, 0.0, 0.0)}),
        CameraPosesFile("cameras.yaml", 400.0),
        replace(ROBOT, fci=Port.REFUSED, connect_ms=(5.0,) * 40),
        (UsbCamera("RealSense", 480.0),),
    )
    ill = [f for f in examine(bad) if f.level in (Level.WARNING, Level.WRONG)]
    assert {f.name for f in ill} == {
        "robot", "network", "robot state", "kernel", "priority", "stack", "topics", "camera USB",
        "calibration", "disk", "memory", "processor",
    }  # fmt: skip
    assert all(f.cure for f in ill)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (replace(ROBOT, fci=Port.REFUSED), "Activate FCI"),
        (RobotLink("10.0.0.2", Port.SILENT, Port.SILENT), "the cable to the control box"),
    ],
)
def test_a_robot_that_does_not_answer(link: RobotLink, words: str) -> None:
    finding = found(replace(LAB, robot=link), "robot")
    assert finding.level is Level.WRONG and words in finding.cure


@pytest.mark.parametrize(
    ("told", "level", "words"),
    [
        (10, Level.OK, ""),
        (9, Level.WARNING, "5.9 or later"),
        (11, Level.WARNING, "pylibfranka of its version"),
        (5, Level.WARNING, "library panda-python"),
        (None, Level.WARNING, "franka_ros2, another fci_driver"),
    ],
)
def test_a_system_that_does_not_fit_is_named(told: int | None, level: Level, words: str) -> None:
    finding = found(replace(LAB, robot=replace(ROBOT, fci_version=told)), "robot system")
    assert finding.level is level and words in finding.cure


def test_a_robot_that_was_not_asked_has_no_version() -> None:
    held = replace(ROBOT, asked=False, fci_version=None)
    assert found(replace(LAB, robot=held), "robot system").level is Level.SKIPPED


def test_a_slow_connection_in_twenty_is_told() -> None:
    jittery = replace(ROBOT, connect_ms=(0.2,) * 36 + (7.0,) * 4)
    assert found(replace(LAB, robot=jittery), "network").level is Level.WARNING
    rare = replace(ROBOT, connect_ms=(0.2,) * 39 + (7.0,))
    assert found(replace(LAB, robot=rare), "network").level is Level.OK


def test_realtime_matters_only_with_a_robot() -> None:
    slow = replace(COMPUTER, is_realtime=False, max_priority=0, locks_memory=False)
    slow = replace(slow, governors=("performance", "powersave"))
    simulated = replace(LAB, computer=slow, robot=None, stack=replace(STACK, is_simulated=True))
    for name in ("kernel", "priority", "memory", "processor"):
        assert found(replace(LAB, computer=slow), name).level is Level.WARNING
        assert found(simulated, name).level is Level.SKIPPED
    silent = replace(LAB, computer=replace(COMPUTER, governors=()))
    assert found(silent, "processor").level is Level.SKIPPED


@pytest.mark.parametrize("mode", ["user stopped", "guiding", "reflex", "other"])
def test_a_robot_that_does_not_move(mode: str) -> None:
    finding = found(changed(robot_mode=mode, robot_errors=("joint_reflex",)), "robot state")
    assert finding.level is Level.WRONG and mode in finding.text and "joint_reflex" in finding.text


def test_no_state_and_lost_commands() -> None:
    assert "broadcaster" in found(changed(robot_mode=None), "robot state").cure
    lossy = changed(robot_mode="move", success_rate=0.8)
    assert "80%" in found(lossy, "robot state").text
    assert found(changed(success_rate=0.0), "robot state").level is Level.OK  # nothing was sent


def test_topics_that_do_not_come_or_too_seldom() -> None:
    silent = found(with_topic("/scene/points", Topic(0, 0.0, float("nan"))), "topics")
    assert silent.level is Level.WRONG and "/scene/points" in silent.text
    slow = found(with_topic("/camera/front/color/camera_info", Topic(4, 1.0, 0.0)), "topics")
    assert slow.level is Level.WARNING and "1.0 times" in slow.text


@pytest.mark.parametrize(("age_s", "side"), [(-0.05, "0.05 s ahead"), (3.0, "3.00 s behind")])
def test_clocks_that_differ(age_s: float, side: str) -> None:
    finding = found(with_topic("/tf", Topic(100, 25.0, age_s)), "clocks")
    assert finding.level is Level.WRONG and side in finding.text and "chrony" in finding.cure


def test_a_simulations_clock_may_lag_behind_its_messages() -> None:
    late = with_topic("/tf", Topic(100, 25.0, -0.05), is_simulated=True)
    assert found(late, "clocks").level is Level.OK
    stopped = with_topic("/tf", Topic(100, 25.0, -1e9), is_simulated=True)
    assert "use_sim_time" in found(stopped, "clocks").cure


def test_topics_without_stamps_have_no_clock() -> None:
    assert found(with_topic("/x", Topic(5, 1.0, float("nan"))), "clocks").level is Level.OK


def test_a_camera_whose_frame_is_unknown() -> None:
    finding = found(changed(lost_frames={"front": "no frame 'front_link'."}), "frames")
    assert finding.level is Level.WRONG and "'front'" in finding.text


def test_what_nodes_say_of_themselves_is_passed_on() -> None:
    ill = {"cloud_fusion": Diagnosis(2, "no pictures. Plug it in."), "policy": Diagnosis(1, "slow")}
    assert found(changed(diagnoses=ill), "cloud_fusion").level is Level.WRONG
    assert found(changed(diagnoses=ill), "policy").level is Level.WARNING


def test_a_stack_that_is_not_active() -> None:
    assert "policy" in found(changed(active="policy is inactive"), "stack").text
    assert found(changed(active=None), "stack").level is Level.WARNING


def test_a_calibration_that_is_not_ones_own_is_old_or_broken() -> None:
    def said(**values: Any) -> Finding:
        return found(replace(LAB, calibration=CameraPosesFile("c.yaml", **values)), "calibration")

    assert "comes with" in said(is_shipped=True).text
    assert said(age_days=200.0).level is Level.WARNING
    assert said(fault="c.yaml: no section").level is Level.WRONG


def test_a_full_disk() -> None:
    full = replace(LAB, computer=replace(COMPUTER, free_bytes=int(0.5e9)))
    assert found(full, "disk").level is Level.WRONG


def test_a_stack_in_a_namespace_is_judged_by_its_own_names() -> None:
    slow = Topic(4, 1.0, 0.01)
    names = ("/tf", "/camera/front/color/camera_info")
    seen = changed(
        namespace="/left",
        robot_mode="reflex",
        topics={f"/left{name}": slow for name in names},
    )
    assert "nodes in /left" in found(seen, "stack").text
    told = {f.text.split()[0] for f in examine(seen) if f.name == "topics"}
    assert told == {f"/left{name}" for name in names}
    assert "/left/franka_executor/recover" in found(seen, "robot state").cure
