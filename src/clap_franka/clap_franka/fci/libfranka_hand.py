"""The hand by libfranka, whichever binding it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clap_franka.fci.errors import named
from clap_franka.fci.hand_process import HandReading


class LibfrankaHand:
    """``hand_process.FciHand`` of a real robot.

    Args:
        address: of the control box.
        connect: the binding's ``Gripper``.
        failures: what it raises.
    """

    def __init__(
        self,
        address: str,
        connect: Callable[[str], Any],
        failures: tuple[type[Exception], ...],
    ) -> None:
        self._address = address
        self._connect = connect
        self._failures = failures
        self._hand: Any = None

    def connect(self) -> str:
        """See ``hand_process.FciHand``, as for all below."""
        self._hand = None
        self._hand = self._told(
            f"connecting to the hand at {self._address}", lambda: self._connect(self._address)
        )
        return str(self._hand.server_version())

    def read(self) -> HandReading:
        state = self._told("reading the hand's state", self._hand.read_once)
        return HandReading(float(state.width), float(state.max_width))

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> bool:
        return bool(self._told(name, lambda: getattr(self._hand, name)(*arguments)))

    def _told(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except self._failures as error:
            raise named(str(error), what) from error
