"""The running nodes: are they active, do topics come, are clocks and frames right."""

from __future__ import annotations

from collections.abc import Iterator

from clap_cli.doctor.findings import Finding, ok, skipped, warning, wrong
from clap_cli.doctor.seen import RunningStack, Seen, Topic

AHEAD_S = 0.02
"""A stamp this far from the future is of a clock that is ahead."""

LATE_S = 1.0
"""What no transport delays; cloud_fusion refuses older pictures by default."""

LEAST_HZ = {"/tf": 10.0, "/joint_states": 10.0, "/franka_gripper/joint_states": 5.0}
CAMERA_HZ = 2.0
"""Below that the arm waits for pictures."""


def nodes(seen: Seen) -> Iterator[Finding]:
    """Whether a stack runs, and all of it."""
    stack = seen.stack
    if not stack.nodes:
        yield skipped(
            "stack", "no node is running", "Start one: ./clap launch sim, or ./clap launch robot"
        )
        return
    where = "" if stack.namespace == "/" else f" in {stack.namespace}"
    kind = "in simulation" if stack.is_simulated else "on the time of the day"
    text = f"{len(stack.nodes)} nodes{where} {kind}"
    if stack.active is None:
        yield warning(
            "stack",
            f"{text}, but no lifecycle_manager answers",
            "Start ./clap launch sim, or ./clap launch robot; look at its output",
        )
    elif stack.active:
        yield wrong("stack", f"{text}, not all active: {stack.active}", "Look at the launch's log")
    else:
        yield ok("stack", f"{text}, all active")
    for name, diagnosis in stack.diagnoses.items():
        # Their messages hold the cure already.
        if diagnosis.level >= 2:
            yield wrong(name, diagnosis.message, "")
        elif diagnosis.level == 1:
            yield warning(name, diagnosis.message, "")


def topics(seen: Seen) -> Iterator[Finding]:
    """Whether what has a publisher comes, and often enough."""
    stack = seen.stack
    if not stack.nodes:
        yield skipped("topics", "no stack is running")
        return
    bad = 0
    least_hz = {stack.full_name(name): hz for name, hz in LEAST_HZ.items()}
    cameras = stack.full_name("/camera/")
    for name, topic in stack.topics.items():
        least = CAMERA_HZ if name.startswith(cameras) else least_hz.get(name, 0.0)
        if topic.messages == 0:
            bad += 1
            yield wrong(
                "topics",
                f"nothing came on {name} in {stack.seconds:.0f} s",
                "Look at its publisher's log (`ros2 topic info -v` names it); between computers, "
                "allow multicast and give all the same ROS_DOMAIN_ID and DDS profile",
            )
        elif topic.hz < least:
            bad += 1
            yield warning(
                "topics",
                f"{name} comes {topic.hz:.1f} times a second, less than {least:g}",
                "End what loads its computer; look at the network between the computers",
            )
    if not bad:
        rates = ", ".join(f"{name} {topic.hz:.0f}" for name, topic in _main(stack))
        yield ok("topics", f"{len(stack.topics)} come (Hz: {rates})")


def clocks(seen: Seen) -> Iterator[Finding]:
    """Whether the computers that stamp messages agree on the time."""
    stack = seen.stack
    ages = {name: topic.age_s for name, topic in stack.topics.items() if topic.messages}
    ages = {name: age_s for name, age_s in ages.items() if age_s == age_s}
    if not ages:
        yield skipped("clocks", "no stamped messages came")
        return
    # A simulation's clock comes by a topic too, now before the message, now after it.
    ahead_s = LATE_S if stack.is_simulated else AHEAD_S
    bad = {name: age_s for name, age_s in ages.items() if not -ahead_s <= age_s <= LATE_S}
    for name, age_s in bad.items():
        side = f"{-age_s:.2f} s ahead" if age_s < 0 else f"{age_s:.2f} s behind"
        yield wrong(
            "clocks",
            f"the stamps on {name} are {side}",
            "In simulation, start each node with use_sim_time true"
            if stack.is_simulated
            else "Let all computers follow one clock: chrony on each, with one of them as the "
            "others' server; `chronyc tracking` tells the offset",
        )
    if not bad:
        worst = max(ages.values(), key=abs)
        yield ok("clocks", f"stamps are at most {1000 * abs(worst):.0f} ms old")


def frames(seen: Seen) -> Iterator[Finding]:
    """Whether each camera's place is known."""
    stack = seen.stack
    if not stack.cameras:
        yield skipped("frames", "no camera publishes")
        return
    for camera, reason in stack.lost_frames.items():
        yield wrong("frames", f"camera '{camera}': {reason}", "")
    if not stack.lost_frames:
        yield ok("frames", f"the places of {', '.join(stack.cameras)} are known")


def _main(stack: RunningStack) -> list[tuple[str, Topic]]:
    names = map(stack.full_name, ("/tf", "/joint_states", "/scene/points"))
    return [(name, stack.topics[name]) for name in names if name in stack.topics]
