"""What can go wrong in a calibration, by name; each says what to do about it."""

from __future__ import annotations

from clap_core.errors import ClapError


class BoardNotSeenError(ClapError):
    """No board, or too little of it, is in the image."""


class BlurredError(ClapError):
    """The board's edges are too wide to be measured."""


class StaleFrameError(ClapError):
    """An image was not taken while the arm stood still."""


class ArmMovedError(ClapError):
    """The arm moved, or was not heard, during a look."""


class SamePoseError(ClapError):
    """A look was taken from where there is one already."""


class MissingRotationError(ClapError):
    """The arm was not turned enough for its looks to tell where the camera is."""


class BoardSizeError(ClapError):
    """The board is not of the size that it is said to be."""


class InconsistentLooksError(ClapError):
    """The looks contradict each other."""


class WrongCameraError(ClapError):
    """A pose is another camera's."""
