"""What the hand asks of a joint trajectory controller."""

from __future__ import annotations

from typing import Protocol

from clap_core.errors import ClapError


class FingerGoal(Protocol):
    """A trajectory of finger joint 1 on its way to the controller, or under way there."""

    @property
    def answered(self) -> bool:
        """Whether the controller has taken or refused it."""

    @property
    def ended(self) -> bool:
        """Whether it moves nothing any more: refused, done, aborted or cancelled."""

    @property
    def cancelled(self) -> bool:
        """Whether it ended by a cancel; the controller then holds the finger where it was."""

    @property
    def error(self) -> ClapError | None:
        """Why it ended otherwise than at its end or by our cancel."""

    def cancel(self) -> None:
        """Let the finger stop where it is; also one that is not accepted yet."""


class FingerController(Protocol):
    """A joint trajectory controller."""

    def trouble(self) -> ClapError | None:
        """Why no goal can be sent now."""

    def send(self, position_m: float, seconds: float) -> FingerGoal:
        """Move finger joint 1 to a position in that time, in place of what runs there."""
