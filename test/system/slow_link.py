"""A cable between two network namespaces that is slow and loses frames; a program of its own.

Linux's own netem is not in every kernel. So each namespace gets a TAP device as its network card,
and this program is the cable: it reads the frames of one, and writes them to the other after a
delay, but for those that it loses. On stdin it takes ``cut`` and ``join``, and ``count``, which it
answers with the numbers of frames as JSON; it ends with its stdin.
"""

from __future__ import annotations

import argparse
import fcntl
import heapq
import json
import os
import random
import select
import struct
import subprocess
import sys
import time
from dataclasses import dataclass

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_LONGEST_FRAME = 2048


def open_card(pid: int, address: str) -> int:
    """A network card ``lan0`` in the namespace of a process; returns the end of its cable.

    Args:
        pid: of a process in that namespace.
        address: with the length of its network's prefix.
    """
    card = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    asked = struct.pack("16sH22x", b"clap%d", _IFF_TAP | _IFF_NO_PI)
    name = fcntl.ioctl(card, _TUNSETIFF, asked)[:16].rstrip(b"\0").decode()
    subprocess.run(["ip", "link", "set", name, "netns", str(pid), "name", "lan0"], check=True)
    for words in (
        ["addr", "add", address, "dev", "lan0"],
        ["link", "set", "lan0", "txqueuelen", "10000", "up"],  # as fq_codel's, on a real card
        ["link", "set", "lo", "up"],
        ["route", "add", "default", "dev", "lan0"],  # as where multicast goes
    ):
        subprocess.run(["nsenter", f"--target={pid}", "--net", "ip", *words], check=True)
    return card


@dataclass
class Cable:
    """What is under way between two cards.

    Args:
        cards: file descriptors.
        delay_s: of each frame, one way.
        loss: share of the frames that is lost.
        luck: decides which.
    """

    cards: tuple[int, int]
    delay_s: float
    loss: float
    luck: random.Random

    def __post_init__(self) -> None:
        self.is_cut = False
        self.carried = self.lost = self.octets = 0
        self._queue: list[tuple[float, int, int, bytes]] = []

    def wait_s(self) -> float | None:
        """Until the next frame arrives; None if none is under way."""
        return max(0.0, self._queue[0][0] - time.monotonic()) if self._queue else None

    def take(self, card: int) -> None:
        """Take in all that a card sends."""
        other = self.cards[0] if card == self.cards[1] else self.cards[1]
        while True:
            try:
                frame = os.read(card, _LONGEST_FRAME)
            except BlockingIOError:
                return
            except OSError:
                sys.exit("a computer was switched off before its cable was removed")
            if self.is_cut or self.luck.random() < self.loss:
                self.lost += 1
                continue
            self.carried += 1
            self.octets += len(frame)
            due = time.monotonic() + self.delay_s
            heapq.heappush(self._queue, (due, self.carried, other, frame))

    def deliver(self) -> None:
        """Hand over what has arrived."""
        while self._queue and self._queue[0][0] <= time.monotonic():
            _, _, card, frame = heapq.heappop(self._queue)
            try:
                os.write(card, frame)
            except OSError:
                self.lost += 1  # that computer has gone, or takes no more

    def obey(self, command: str) -> None:
        """Carry out a line of stdin, and answer it on stdout."""
        if command == "count":
            counts = {"carried": self.carried, "lost": self.lost, "octets": self.octets}
            print(json.dumps(counts), flush=True)
            return
        self.is_cut = {"cut": True, "join": False}[command]
        print(command, flush=True)


def main() -> None:
    """Carry frames until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ends", nargs=2, metavar="PID=ADDRESS/PREFIX")
    parser.add_argument("--delay", type=float, required=True, help="seconds, one way")
    parser.add_argument("--loss", type=float, required=True, help="share of the frames")
    args = parser.parse_args()
    ends = (end.split("=") for end in args.ends)
    one, other = (open_card(int(pid), address) for pid, address in ends)
    cable = Cable((one, other), args.delay, args.loss, random.Random(1))
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([one, other, sys.stdin], [], [], cable.wait_s())
        for card in cable.cards:
            if card in readable:
                cable.take(card)
        cable.deliver()
        if sys.stdin in readable:
            command = sys.stdin.readline().strip()
            if not command:
                return
            cable.obey(command)


if __name__ == "__main__":
    main()
