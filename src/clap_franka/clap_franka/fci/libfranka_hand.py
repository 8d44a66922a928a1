"""The hand by libfranka."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pylibfranka

from clap_franka.fci.errors import named
from clap_franka.fci.hand_process import HandReading

_FAILURES = (
    pylibfranka.FrankaException,
    pylibfranka.CommandException,
    pylibfranka.NetworkException,
    ValueError,
    RuntimeError,
)


class LibfrankaHand:
    """``hand_process.FciHand`` of a real robot.

    Args:
        address: of the control box.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._hand: Any = None

    def connect(self) -> str:
        """See ``hand_process.FciHand``, as for all below."""
        self._hand = None
        self._hand = _told(
            f"connecting to the hand at {self._address}", lambda: pylibfranka.Gripper(self._address)
        )
        return str(self._hand.server_version())

    def read(self) -> HandReading:
        state = _told("reading the hand's state", self._hand.read_once)
        return HandReading(float(state.width), float(state.max_width))

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> bool:
        return bool(_told(name, lambda: getattr(self._hand, name)(*arguments)))


def _told(what: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except _FAILURES as error:
        raise named(str(error), what) from error
