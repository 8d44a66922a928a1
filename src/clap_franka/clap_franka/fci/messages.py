"""What the node and its processes of arm and hand tell each other over a pipe."""

from __future__ import annotations

from dataclasses import dataclass

from clap_core.errors import ClapError
from clap_franka.motion.follower import Outcome
from clap_franka.motion.goal import TrajectoryGoal
from clap_franka.robot import HandState


@dataclass(frozen=True)
class Start:
    """Follow a goal, which starts `delay_s` (negative: earlier) from now; its `start_s` is void."""

    number: int
    goal: TrajectoryGoal
    delay_s: float


@dataclass(frozen=True)
class Cancel:
    """Stop the goal with this number, if it still runs."""

    number: int


@dataclass(frozen=True)
class Order:
    """Call a method of the arm or the hand; a `Done` or `HandEnded` answers it."""

    number: int
    name: str
    arguments: tuple[object, ...] = ()


@dataclass(frozen=True)
class End:
    """Stop what moves, and end."""


@dataclass(frozen=True)
class Ended:
    """A goal has ended."""

    number: int
    outcome: Outcome


@dataclass(frozen=True)
class Done:
    """An order has been carried out, or has failed."""

    number: int
    error: ClapError | None


@dataclass(frozen=True)
class HandEnded:
    """A command to the hand has ended."""

    number: int
    state: HandState
    error: str


@dataclass(frozen=True)
class Connected:
    """There is a connection to the robot, whose server has this version."""

    version: str


@dataclass(frozen=True)
class Trouble:
    """There is none, or a motion ended badly."""

    error: ClapError
    disconnected: bool


@dataclass(frozen=True)
class Warned:
    """Something that a person should know."""

    text: str


ToArm = Start | Cancel | Order | End
FromArm = Ended | Done | Connected | Trouble | Warned
FromHand = HandEnded | Connected | Trouble | Warned
