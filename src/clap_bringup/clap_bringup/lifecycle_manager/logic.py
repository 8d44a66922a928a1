"""Which transition comes next: the lifecycle manager's decisions, without ROS.

The nodes are configured in order and then activated in order. A node that is missing or fails
holds up the others only until its deadline; it is tried again for ever, so a node that respawns
becomes active without anybody's help. A node that somebody else deactivates is left alone until
somebody activates it, it respawns, or the request is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum

from clap_core.errors import ClapError, ErrorCode


class NodeState(Enum):
    """What is known of a node."""

    UNKNOWN = "not seen yet"
    ABSENT = "lost"
    UNCONFIGURED = "unconfigured"
    INACTIVE = "inactive"
    ACTIVE = "active"
    FINALIZED = "finalized"


class Transition(IntEnum):
    """Transitions that are asked for, with their ids in lifecycle_msgs/msg/Transition."""

    CONFIGURE = 1
    ACTIVATE = 3
    DEACTIVATE = 4


RESULT = {
    Transition.CONFIGURE: NodeState.INACTIVE,
    Transition.ACTIVATE: NodeState.ACTIVE,
    Transition.DEACTIVATE: NodeState.INACTIVE,
}
"""The state after each transition, where it succeeds."""


@dataclass(frozen=True)
class TransitionCommand:
    """A transition to ask a node for."""

    node: str
    transition: Transition


@dataclass
class Member:
    """One node that is looked after.

    Args:
        name: its full name.
        state: as last seen.
        was_active: whether it has been active since the last request.
        is_left_alone: whether somebody else deactivated it.
        problem: what is wrong with it, or None.
        retry_at: time in s before which it gets no command.
    """

    name: str
    state: NodeState = NodeState.UNKNOWN
    was_active: bool = False
    is_left_alone: bool = False
    problem: ClapError | None = None
    retry_at: float = 0.0


class Supervision:
    """Decides what to ask of which node. Times are seconds on one monotonic clock.

    Args:
        names: the nodes in the order of their activation.
        start_timeout: how long nodes may take to appear, in s.
        retry_period: how long to wait after a failure, in s.
    """

    def __init__(self, names: Sequence[str], start_timeout: float, retry_period: float) -> None:
        self.members = {name: Member(name) for name in names}
        self._start_timeout = start_timeout
        self._retry_period = retry_period
        self._wants_active = False
        self._requested_at = 0.0

    @property
    def wants_active(self) -> bool:
        """Whether the nodes are to be active."""
        return self._wants_active

    def request(self, active: bool, now: float) -> None:
        """Ask for active nodes, or for inactive ones, from `now` on (seconds)."""
        self._wants_active = active
        self._requested_at = now
        for member in self.members.values():
            member.retry_at = now
            member.was_active = member.is_left_alone = False
            if member.state is not NodeState.ABSENT:
                member.problem = None

    @property
    def all_active(self) -> bool:
        """Whether every node is active."""
        return all(member.state is NodeState.ACTIVE for member in self.members.values())

    @property
    def all_down(self) -> bool:
        """Whether no node is active."""
        return not any(member.state is NodeState.ACTIVE for member in self.members.values())

    def seen(self, name: str, state: NodeState, now: float) -> None:
        """A node told its state."""
        member = self.members[name]
        # A respawned node is unconfigured: from active to inactive leads a transition only.
        if self._wants_active and member.state is NodeState.ACTIVE and state is NodeState.INACTIVE:
            member.is_left_alone = True
        elif state is NodeState.ACTIVE or member.state is NodeState.ABSENT:
            member.is_left_alone = False
        if state is NodeState.FINALIZED:
            member.problem = ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"the node {name} was shut down for good",
                "End its process; the launch starts it again",
            )
        elif state is NodeState.ACTIVE or member.state is NodeState.ABSENT:
            member.problem = None
            member.retry_at = now
        member.was_active = member.was_active or state is NodeState.ACTIVE
        member.state = state

    def lost(self, name: str, why: str) -> bool:
        """A node is gone, or does not answer.

        Returns:
            Whether it was active until now: what it was doing is left to itself.
        """
        member = self.members[name]
        if member.state is NodeState.UNKNOWN:
            return False  # it has not come up yet: that is no loss, and has its own deadline
        if member.state is not NodeState.ABSENT and self._wants_active:
            member.problem = ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"the node {name} {why}",
                "Wait until the launch has started it again; if its process still runs and hangs, "
                "end it with `kill -9`, and the launch starts it again",
            )
        was_active = member.state is NodeState.ACTIVE
        member.state = NodeState.ABSENT
        return was_active

    def done(self, command: TransitionCommand, now: float) -> None:
        """A transition succeeded."""
        self.seen(command.node, RESULT[command.transition], now)
        member = self.members[command.node]
        member.problem, member.is_left_alone = None, False

    def failed(self, command: TransitionCommand, why: str, now: float) -> None:
        """A transition failed; it is tried again after a while."""
        member = self.members[command.node]
        member.retry_at = now + self._retry_period
        member.problem = ClapError(
            ErrorCode.NODE_UNAVAILABLE,
            f"the node {command.node} {why} on {command.transition.name.lower()}",
            "Read the reason in its log or on /diagnostics and remove it; the transition is "
            f"tried again every {self._retry_period:g} s",
        )

    def next_command(self, now: float) -> TransitionCommand | None:
        """The transition to ask for now; one at a time."""
        if not self._wants_active:
            for member in reversed(self.members.values()):
                if member.state is NodeState.ACTIVE and now >= member.retry_at:
                    return TransitionCommand(member.name, Transition.DEACTIVATE)
            return None
        for transition, source, reached in (
            (Transition.CONFIGURE, NodeState.UNCONFIGURED, (NodeState.INACTIVE, NodeState.ACTIVE)),
            (Transition.ACTIVATE, NodeState.INACTIVE, (NodeState.ACTIVE,)),
        ):
            for member in self.members.values():
                if member.is_left_alone:
                    continue
                if member.state is source and now >= member.retry_at:
                    return TransitionCommand(member.name, transition)
                if member.state not in reached and self._is_awaited(member, now):
                    return None
        return None

    def _is_awaited(self, member: Member, now: float) -> bool:
        """Whether the nodes after this one wait for it."""
        return (
            member.problem is None
            and not member.was_active
            and now < self._requested_at + self._start_timeout
        )

    def problem(self, now: float) -> ClapError | None:
        """What is wrong, of the first node that has something wrong with it."""
        for member in self.members.values():
            if member.problem is not None:
                return member.problem
        late = [m.name for m in self.members.values() if m.state is NodeState.UNKNOWN]
        if self._wants_active and late and now >= self._requested_at + self._start_timeout:
            return ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"{', '.join(late)} did not appear within {self._start_timeout:g} s",
                "Look for the reason in the launch's output; check the names in the manager's "
                "parameter 'nodes' and that all share one ROS_DOMAIN_ID",
            )
        return None

    def summary(self) -> str:
        """Every node that is not active, with its state; or that all are."""
        if self.all_active:
            return f"all {len(self.members)} nodes are active"
        others = [f"{m.name}: {m.state.value}" for m in self.members.values()
                  if m.state is not NodeState.ACTIVE]  # fmt: skip
        alone = [m.name for m in self.members.values() if m.is_left_alone]
        if alone:
            others.append(
                f"{', '.join(alone)} was deactivated by somebody else and is left alone: activate "
                "it, or call ~/manage"
            )
        return "; ".join(others)
