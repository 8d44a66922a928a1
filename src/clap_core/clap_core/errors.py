"""Error codes and the one exception that carries them through the stack."""

from __future__ import annotations

from enum import IntEnum


class ErrorCode(IntEnum):
    """Mirror of ``clap_msgs/msg/ErrorCode``; a test holds the two together."""

    SUCCESS = 0
    EMPTY_INSTRUCTION = 10
    NOT_UNDERSTOOD = 11
    IMPOSSIBLE = 12
    OBJECT_NOT_FOUND = 20
    AMBIGUOUS = 21
    NO_GRASP = 22
    CAMERA_STALE = 30
    DEPTH_INVALID = 31
    TRANSFORM_UNAVAILABLE = 32
    CLOUD_EMPTY = 33
    CLOUD_STALE = 34
    OUT_OF_WORKSPACE = 40
    UNREACHABLE = 41
    TRAJECTORY_REJECTED = 42
    TRAJECTORY_ABORTED = 43
    GRASP_FAILED = 44
    GRIPPER_FAILED = 45
    OBJECT_DROPPED = 46
    ROBOT_REFLEX = 50
    ROBOT_NOT_READY = 51
    CANCELED = 60
    TIMEOUT = 61
    NODE_UNAVAILABLE = 62
    BUSY = 63
    INVALID_REQUEST = 64
    GAVE_UP = 65
    INTERNAL = 99


class ClapError(Exception):
    """A failure with a code for programs and, for people, the reason and the cure.

    Args:
        code: what kind of failure it is.
        reason: what went wrong, naming the thing.
        cure: what to do about it, as an imperative sentence.
        seen: names of the objects that were seen, where that helps the reader.
    """

    def __init__(self, code: ErrorCode, reason: str, cure: str, seen: tuple[str, ...] = ()) -> None:
        self.code = code
        self.reason = reason
        self.cure = cure
        self.seen = seen
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type[ClapError], tuple[ErrorCode, str, str, tuple[str, ...]]]:
        """In another process it arrives as a ClapError, whichever kind of it was sent."""
        return ClapError, (self.code, self.reason, self.cure, self.seen)

    @property
    def message(self) -> str:
        """Reason, cure and what was seen, in one line."""
        parts = [f"{self.reason.rstrip('.')}.", f"{self.cure.rstrip('.')}."]
        if self.seen:
            parts.append(f"Seen: {', '.join(self.seen)}.")
        return " ".join(parts)
