"""Takes one after the other: recorded, looked at, judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from clap_bringup.bags import BagRecorder
from clap_cli.check_table import row_of, table
from clap_cli.takes.folder import TakeFolder
from clap_cli.takes.hearing import Hearing
from clap_cli.takes.keys import Keyboard, Press
from clap_core.errors import ClapError
from clap_data.bags.to_episode import Conversion
from clap_data.checks.check import check_one, prepare
from clap_data.checks.listener import Listener
from clap_data.takes import TakeOutcome, take_of

_POLL_S = 0.05
_SILENCE_S = 3.0
"""So long nothing of the arm may come before it is said."""

_LIKELY_ARM = "fr3"

_OUTCOMES = {Press.GOOD: TakeOutcome.SUCCESSFUL, Press.FAILED: TakeOutcome.FAILED}


class TakeSession:
    """A person at the keys.

    Args:
        folder: of the takes.
        keyboard: whose keys are obeyed.
        recorder: begins a recording to a folder, which tells what it records.
        stop: set by Ctrl-C.
        console: to tell what happens.
        keys: how the keys are told.
        namespace: of the arm.
    """

    def __init__(
        self,
        folder: TakeFolder,
        keyboard: Keyboard,
        recorder: Callable[[Path, Hearing], BagRecorder],
        stop: threading.Event,
        console: Console,
        keys: dict[Press, str],
        namespace: str = "",
    ) -> None:
        self._folder = folder
        self._keyboard = keyboard
        self._recorder = recorder
        self._stop = stop
        self._console = console
        self._keys = keys
        self._namespace = namespace
        self._warned = False

    def run(self) -> None:
        """Until the key for quitting, or Ctrl-C.

        Raises:
            ClapError: recording failed, such as on a full disk; earlier takes are as they were.
        """
        self._say(f'"{self._folder.instruction}", to {self._folder.path}')
        for path in self._folder.abandoned:
            self._say(f"{path} was left unfinished by a recorder that was killed; it is left out")
        prepare(_LIKELY_ARM)
        while True:
            self._say(f"{self._key(Press.BEGIN)} begins a take, {self._key(Press.QUIT)} quits")
            if self._wait(Press.BEGIN) is not Press.BEGIN or self._take() is Press.QUIT:
                break
        outcomes = [self._outcome(take) for take in self._folder.takes]
        counted = ", ".join(f"{outcomes.count(one)} {one.value}" for one in TakeOutcome)
        self._say(f"{self._folder.path}: {counted}")

    def _take(self) -> Press:
        """Record one, and have it judged; the key that ended this."""
        self._folder.check_room()
        number, recording = self._folder.begin()
        with Hearing(Listener(self._folder.take(number)), self._namespace) as hearing:
            said = self._record(number, recording, hearing)
        if said is Press.DISCARD:
            self._folder.drop(recording)
            self._say("discarded")
            return said
        take = self._folder.keep(number, recording)
        self._look_at(take, hearing.listener)
        if said is Press.END:
            self._say(
                f"{self._key(Press.GOOD)} it was good, {self._key(Press.FAILED)} it failed, "
                f"{self._key(Press.DISCARD)} discards it"
            )
            said = self._wait(Press.GOOD, Press.FAILED, Press.DISCARD)
        if said is Press.DISCARD:
            self._folder.drop(take)
            self._say("discarded")
        elif said in _OUTCOMES:
            self._folder.judge(take, _OUTCOMES[said])
            self._say(f"{take}: kept, {_OUTCOMES[said].value}")
        else:
            self._say(f"{take}: kept, {TakeOutcome.UNJUDGED.value}, so it is left out")
        return said

    def _record(self, number: int, recording: Path, hearing: Hearing) -> Press:
        """Record until a key says how it went, or that it is over."""
        self._warned = False
        ends = (Press.END, Press.GOOD, Press.FAILED, Press.DISCARD)
        try:
            with self._recorder(recording, hearing) as recorder:
                began_s = time.monotonic()
                self._say(
                    f"take {number}: recording; {self._key(Press.END)} ends it, "
                    f"{self._key(Press.DISCARD)} discards it"
                )
                said = self._wait(*ends, during=lambda: self._is_well(recorder, began_s))
        except ClapError:
            self._folder.drop(recording)  # it is not whole, and the room may be needed
            raise
        if recorder.summary.messages == 0:
            self._say(
                "nothing was published: look with `./clap doctor` whether the drivers run, and "
                "whether both have one ROS_DOMAIN_ID"
            )
            return Press.DISCARD
        return said

    def _is_well(self, recorder: BagRecorder, began_s: float) -> bool:
        heard = any(name.endswith("joint_states") for name in recorder.topics)
        if not heard and time.monotonic() - began_s > _SILENCE_S and not self._warned:
            self._warned = True
            self._say("no joint states have come yet: does the robot's driver run?")
        return not recorder.failed

    def _look_at(self, take: Path, listener: Listener) -> None:
        began_s = time.monotonic()
        shown = check_one(take, Conversion(), listener)
        listed = table()
        listed.add_row(*row_of(shown))
        self._console.print(listed)
        for finding in shown.findings:
            self._say(finding.line)
        self._say(f"looked at in {time.monotonic() - began_s:.1f} s")

    def _wait(self, *wanted: Press, during: Callable[[], bool] = lambda: True) -> Press:
        """The next of some keys; QUIT after Ctrl-C, the key for it, and what ends by itself."""
        while not self._stop.is_set() and during():
            said = self._keyboard.pressed(_POLL_S)
            if said is Press.QUIT or said in wanted:
                return said
            if said is not None:
                names = ", ".join(f"{self._key(one)} ({one.name.lower()})" for one in wanted)
                self._say(f"now only {names} or {self._key(Press.QUIT)} (quit)")
        return Press.QUIT

    def _outcome(self, take: Path) -> TakeOutcome:
        try:
            found = take_of(take)
        except ClapError:
            return TakeOutcome.UNJUDGED
        return TakeOutcome.UNJUDGED if found is None else found.outcome

    def _key(self, press: Press) -> str:
        return self._keys[press]

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)
