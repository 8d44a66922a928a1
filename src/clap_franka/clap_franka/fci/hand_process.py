"""The process in which the hand is talked to: its library blocks until a command has ended."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

from clap_core.errors import ClapError
from clap_franka.fci.libraries import Library, hand_by
from clap_franka.fci.messages import Connected, End, FromHand, HandEnded, Order, Trouble
from clap_franka.robot import HandState

RETRY_S = 1.0


class HandReading(NamedTuple):
    """A hand's state; widths in metres."""

    width_m: float
    max_width_m: float


class FciHand(Protocol):
    """A hand. Everything raises a ClapError with a cure."""

    def connect(self) -> str:
        """Connect (again); returns the server's version."""

    def read(self) -> HandReading:
        """Wait for the next state."""

    def carry_out(self, name: str, arguments: tuple[object, ...]) -> bool:
        """Do it; whether it came out as asked."""


def run_hand(link: Connection, address: str, library: Library = "pylibfranka") -> None:
    """The process's body: a real hand.

    Args:
        link: to the node.
        address: of the robot's control box.
        library: that drives it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        hand = hand_by(library, address)
    except ClapError as error:
        link.send(Trouble(error, disconnected=True))
        return
    serve_hand(link, hand, time.sleep)


def serve_hand(link: Connection, hand: FciHand, wait: Callable[[float], object]) -> None:
    """Read the hand's state and carry out orders, until the node says `End` or is gone."""
    try:
        while True:
            try:
                _tell(link, Connected(hand.connect()))
                while True:
                    link.send(hand.read())
                    if link.poll() and not _answer(link, hand):
                        return
            except ClapError as error:
                _tell(link, Trouble(error, disconnected=True))
                while link.poll():
                    message = link.recv()
                    if isinstance(message, End):
                        return
                    _tell(link, HandEnded(message.number, HandState.FAILED, error.message))
                wait(RETRY_S)
    except (EOFError, OSError):  # the node is gone
        return


def _answer(link: Connection, hand: FciHand) -> bool:
    """Carry out one order; False is the end."""
    message = link.recv()
    if not isinstance(message, Order):
        return False
    try:
        done = hand.carry_out(message.name, message.arguments)
        error = "" if done else f"{message.name} failed: the fingers stopped elsewhere"
        state = HandState.SUCCEEDED if done else HandState.FAILED
    except ClapError as failure:
        state, error = HandState.FAILED, failure.message
    _tell(link, HandEnded(message.number, state, error))
    return True


def _tell(link: Connection, message: FromHand) -> None:
    link.send(message)
