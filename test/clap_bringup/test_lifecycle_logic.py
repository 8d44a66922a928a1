"""The lifecycle manager's decisions."""

from __future__ import annotations

from clap_bringup.lifecycle_manager.logic import (
    NodeState,
    Supervision,
    Transition,
    TransitionCommand,
)

NAMES = ("/a", "/b", "/c")
START_S = 10.0
RETRY_S = 5.0


def supervision(**states: NodeState) -> Supervision:
    """A supervision that was asked for active nodes at time 0, with some states seen."""
    result = Supervision(NAMES, START_S, RETRY_S)
    result.request(True, 0.0)
    for name, state in states.items():
        result.seen(f"/{name}", state, 0.0)
    return result


def run(it: Supervision, now: float) -> list[str]:
    """Carry out commands as long as there are any."""
    done = []
    while (command := it.next_command(now)) is not None:
        done.append(f"{command.transition.name} {command.node}")
        it.done(command, now)
    return done


def test_all_are_configured_in_order_and_then_activated_in_order() -> None:
    it = supervision(a=NodeState.UNCONFIGURED, b=NodeState.UNCONFIGURED, c=NodeState.UNCONFIGURED)
    assert run(it, 0.0) == [
        "CONFIGURE /a", "CONFIGURE /b", "CONFIGURE /c", "ACTIVATE /a", "ACTIVATE /b", "ACTIVATE /c",
    ]  # fmt: skip
    assert it.all_active
    assert it.problem(0.0) is None


def test_a_missing_node_holds_up_the_next_ones_until_its_deadline() -> None:
    it = supervision(a=NodeState.UNCONFIGURED, c=NodeState.UNCONFIGURED)
    assert run(it, 1.0) == ["CONFIGURE /a"]
    assert it.problem(1.0) is None
    assert run(it, START_S) == ["CONFIGURE /c", "ACTIVATE /a", "ACTIVATE /c"]
    problem = it.problem(START_S)
    assert problem is not None
    assert "/b did not appear within 10 s" in problem.message


def test_a_failure_is_told_and_tried_again_while_the_others_go_on() -> None:
    it = supervision(a=NodeState.UNCONFIGURED, b=NodeState.UNCONFIGURED, c=NodeState.UNCONFIGURED)
    first = it.next_command(0.0)
    assert first == TransitionCommand("/a", Transition.CONFIGURE)
    it.failed(first, "failed", 0.0)
    assert run(it, 0.0) == ["CONFIGURE /b", "CONFIGURE /c", "ACTIVATE /b", "ACTIVATE /c"]
    it.seen("/a", NodeState.UNCONFIGURED, 1.0)
    problem = it.problem(1.0)
    assert problem is not None
    assert "/a failed on configure" in problem.message
    assert run(it, RETRY_S - 0.1) == []
    assert run(it, RETRY_S) == ["CONFIGURE /a", "ACTIVATE /a"]
    assert it.problem(RETRY_S) is None


def test_a_node_that_dies_is_named_and_comes_back() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    it.lost("/b", "has died")
    problem = it.problem(20.0)
    assert problem is not None
    assert problem.message.startswith("the node /b has died. Wait until the launch has started it")
    assert it.summary() == "/b: lost"
    assert run(it, 20.0) == []
    it.seen("/b", NodeState.UNCONFIGURED, 21.0)
    assert run(it, 21.0) == ["CONFIGURE /b", "ACTIVATE /b"]
    assert it.problem(21.0) is None


def test_a_restart_between_two_looks_is_noticed() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    it.seen("/a", NodeState.UNCONFIGURED, 5.0)
    assert run(it, 5.0) == ["CONFIGURE /a", "ACTIVATE /a"]


def test_a_dead_node_does_not_hold_up_another_dead_one() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    it.lost("/a", "has died")
    it.lost("/b", "has died")
    it.seen("/b", NodeState.UNCONFIGURED, 5.0)
    assert run(it, 5.0) == ["CONFIGURE /b", "ACTIVATE /b"]


def test_down_deactivates_in_reverse_and_stays_down() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.INACTIVE)
    it.request(False, 30.0)
    assert run(it, 30.0) == ["DEACTIVATE /b", "DEACTIVATE /a"]
    assert it.all_down
    it.seen("/c", NodeState.UNCONFIGURED, 31.0)
    assert run(it, 31.0) == []


def test_a_finalized_node_is_told() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.FINALIZED, c=NodeState.ACTIVE)
    problem = it.problem(1.0)
    assert problem is not None
    assert "/b was shut down for good" in problem.message


def test_nodes_may_end_when_they_are_to_be_down() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    it.request(False, 1.0)
    it.lost("/a", "has died")
    assert it.problem(1.0) is None


def test_a_node_that_somebody_else_deactivates_is_left_alone() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    it.seen("/b", NodeState.INACTIVE, 5.0)
    assert run(it, 5.0) == []
    assert it.summary().startswith("/b: inactive; /b was deactivated by somebody else")
    it.seen("/b", NodeState.UNCONFIGURED, 6.0)
    assert run(it, 6.0) == []
    it.seen("/c", NodeState.UNCONFIGURED, 7.0)
    assert run(it, 7.0) == ["CONFIGURE /c", "ACTIVATE /c"], "the others do not wait for it"


def test_what_ends_leaving_alone() -> None:
    """A new request, a respawn, or an activation by somebody else."""
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    for name in NAMES:
        it.seen(name, NodeState.INACTIVE, 5.0)
    it.lost("/a", "has died")
    it.seen("/a", NodeState.UNCONFIGURED, 6.0)
    assert run(it, 6.0) == ["CONFIGURE /a", "ACTIVATE /a"]
    it.seen("/b", NodeState.ACTIVE, 7.0)
    it.seen("/b", NodeState.UNCONFIGURED, 8.0)
    assert run(it, 8.0) == ["CONFIGURE /b", "ACTIVATE /b"]
    it.request(True, 9.0)
    assert run(it, 9.0) == ["ACTIVATE /c"]


def test_its_own_deactivation_is_not_mistaken_for_somebody_elses() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.ACTIVE, c=NodeState.ACTIVE)
    it.request(False, 1.0)
    command = it.next_command(1.0)
    assert command == TransitionCommand("/c", Transition.DEACTIVATE)
    it.request(True, 1.1)
    it.done(command, 1.2)
    assert run(it, 1.2) == ["ACTIVATE /c"]


def test_only_the_loss_of_an_active_node_leaves_its_work_to_itself() -> None:
    it = supervision(a=NodeState.ACTIVE, b=NodeState.INACTIVE)
    assert it.lost("/a", "has died")
    assert not it.lost("/a", "has died"), "told once"
    assert not it.lost("/b", "has died")
    assert not it.lost("/c", "has died")
