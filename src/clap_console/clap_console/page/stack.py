"""What the page asks of a stack; ``clap_console.ros`` asks a running one, tests a made-up one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Picture:
    """A camera's picture.

    Attributes:
        jpeg: encoded; in it, if it was asked for, where the finder looked.
        stamp_ns: of the image, on the stack's clock.
        width, height: pixels.
        mark: column and row of the keypoint; None where none is inside the picture.
    """

    jpeg: bytes
    stamp_ns: int
    width: int
    height: int
    mark: tuple[float, float] | None = None


@dataclass(frozen=True)
class Cloud:
    """The fused cloud for a view in 3D.

    Attributes:
        points: little-endian float32 x, y, z [m, base frame] of all points, then uint8 r, g, b.
        count: points.
        stamp_ns: of the cloud, on the stack's clock.
    """

    points: bytes
    count: int
    stamp_ns: int


class Stack(Protocol):
    """A running stack, or the place where one will be. All calls may block, and may come from
    several threads at once."""

    def needs_confirmation(self) -> bool:
        """Whether a real robot would move: whoever says a sentence is asked once more.

        Raises:
            ClapError: there is no stack.
        """
        ...

    def say(self, sentence: str) -> str:
        """Begin a task.

        Returns:
            Its goal, once it was taken.

        Raises:
            ClapError: it was not taken, or ended at once: the reason and its cure.
        """
        ...

    def stop(self) -> list[dict[str, Any]]:
        """Cancel what runs, whoever gave it, and wait until it has ended.

        Returns:
            How each task ended; empty where none ran.

        Raises:
            ClapError: nobody confirmed it.
        """
        ...

    def suggestions(self) -> list[str]:
        """Sentences about what is seen."""
        ...

    def picture(self, camera: str, heat: bool) -> Picture | None:
        """The newest picture of a camera; None where none has come yet.

        Raises:
            KeyError: there is no such camera.
        """
        ...

    def cloud(self) -> Cloud | None:
        """The newest fused cloud; None where none has come yet."""
        ...

    def doctor(self) -> list[dict[str, str]]:
        """What ``./clap doctor`` finds.

        Raises:
            ClapError: it cannot look now.
        """
        ...
