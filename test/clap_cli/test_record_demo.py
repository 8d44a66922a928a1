"""``clap record demo``: takes by keys, judged, never overwritten, and then taught with."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from rich.console import Console

from clap_bringup.bags import RecordingSummary
from clap_cli.__main__ import main
from clap_cli.takes import folder as folder_module
from clap_cli.takes.folder import TakeFolder
from clap_cli.takes.hearing import Hearing
from clap_cli.takes.keys import Keyboard, Press, bindings
from clap_cli.takes.session import TakeSession
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.from_episode import write_bag
from clap_data.bags.reading import open_bag
from clap_data.bags.to_episode import Conversion
from clap_data.checks.check import check_one
from clap_data.checks.listener import Listener
from clap_data.demonstrations import demonstrations_in
from clap_data.episodes import EpisodeFile
from clap_data.takes import TakeOutcome, take_of

SENTENCE = "close the grill"
DEADLINE_S = 60.0
SAID = {press: press.value for press in Press}


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a recorder would have written: a demonstration of the suite."""
    root = tmp_path_factory.mktemp("shown")
    made = ["--split", "L3", "--variation", "close_grill+0", "--episodes", "1", "--seed", "710000"]
    assert main(["data", "make", *made, "--jobs", "1", "--out", str(root)]) == 0
    with EpisodeFile(next(root.rglob("*.episode"))) as episode:
        write_bag(episode, root / "bag")
    return root / "bag"


class Copied:
    """A recorder to which the demonstration happens."""

    failed = False
    topics: ClassVar = {"/joint_states": 1}

    def __init__(self, source: Path, target: Path, hearing: Hearing) -> None:
        target.mkdir()
        for file in source.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        with open_bag(target) as bag:
            for message in bag.messages():
                hearing(*message)
        self.summary = RecordingSummary(target, 1, self.topics)

    def __enter__(self) -> Copied:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class FullDisk(Copied):
    """A recorder whose disk has no room left."""

    failed = True

    def __exit__(self, *_: object) -> None:
        reason = f"recording failed: {OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))}"
        raise ClapError(ErrorCode.INTERNAL, reason, "Check the space left on the disk")


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LEAST_FREE_BYTES", 0)


def press(
    path: Path, keys: str, source: Path, kind: type[Copied] = Copied, sentence: str = SENTENCE
) -> str:
    """What is told when somebody presses keys."""
    reading, writing = os.pipe()
    os.write(writing, keys.encode())
    os.close(writing)
    console = Console(record=True, width=200, file=io.StringIO())
    with TakeFolder(path, sentence) as folder, Keyboard(reading, bindings([])) as keyboard:
        session = TakeSession(
            folder,
            keyboard,
            lambda bag, hearing: kind(source, bag, hearing),
            threading.Event(),
            console,
            SAID,  # type: ignore[arg-type, return-value]
        )
        session.run()
    os.close(reading)
    return console.export_text()


def outcomes(path: Path) -> dict[str, TakeOutcome]:
    found = {take.name: take_of(take) for take in path.iterdir() if take.is_dir()}
    return {name: take.outcome for name, take in sorted(found.items()) if take is not None}


@pytest.mark.usefixtures("plenty")
def test_each_take_is_looked_at_and_judged_by_a_key(bag: Path, tmp_path: Path) -> None:
    told = press(tmp_path / "demo", "begbefbdbedbgbe", bag)
    assert outcomes(tmp_path / "demo") == {
        "000000": TakeOutcome.SUCCESSFUL,
        "000001": TakeOutcome.FAILED,
        "000002": TakeOutcome.SUCCESSFUL,
        "000003": TakeOutcome.UNJUDGED,
    }
    assert "2 successful, 1 failed, 1 not judged" in told
    assert "key poses" in told and "closes" in told and "image_raw comes with" in told
    seen = [float(line.split()[-2]) for line in told.splitlines() if "looked at in" in line]
    assert len(seen) == 5


@pytest.mark.parametrize("namespace", ["", "left"])
def test_what_is_heard_while_recording_is_what_the_bag_says(bag: Path, namespace: str) -> None:
    with open_bag(bag) as reader, Hearing(Listener(bag), namespace) as hearing:
        for connection, recorded_ns, data in reader.messages():
            topic = f"/{namespace}{connection.topic}" if namespace else connection.topic
            hearing(connection._replace(topic=topic), recorded_ns, data)
    heard, read = (check_one(bag, Conversion(), one) for one in (hearing.listener, None))
    assert heard.findings == read.findings
    assert (heard.at_s, heard.rates_hz) == (read.at_s, read.rates_hz)
    assert len(heard.actions) == len(read.actions) > 1


@pytest.mark.usefixtures("plenty")
def test_a_folder_goes_on_and_nothing_in_it_is_overwritten(bag: Path, tmp_path: Path) -> None:
    press(tmp_path / "demo", "beg", bag)
    before = {file: file.read_bytes() for file in (tmp_path / "demo" / "000000").iterdir()}
    press(tmp_path / "demo", "bef", bag, sentence="")
    assert list(outcomes(tmp_path / "demo")) == ["000000", "000001"]
    assert {file: file.read_bytes() for file in before} == before
    with pytest.raises(ClapError, match="one folder is one sentence"):
        press(tmp_path / "demo", "b", bag, sentence="open the grill")


@pytest.mark.usefixtures("plenty")
def test_keys_at_a_wrong_moment_do_nothing_but_say_so(bag: Path, tmp_path: Path) -> None:
    told = press(tmp_path / "demo", "gedxbbebg", bag)
    assert outcomes(tmp_path / "demo") == {"000000": TakeOutcome.SUCCESSFUL}
    assert "now only b (begin) or q (quit)" in told
    assert "now only g (good), f (failed), d (discard) or q (quit)" in told


@pytest.mark.usefixtures("plenty")
def test_quitting_in_the_middle_of_a_take_keeps_it_unjudged(bag: Path, tmp_path: Path) -> None:
    told = press(tmp_path / "demo", "bqbeg", bag)
    assert outcomes(tmp_path / "demo") == {"000000": TakeOutcome.UNJUDGED}
    assert "left out" in told


@pytest.mark.usefixtures("plenty")
def test_a_full_disk_costs_the_take_under_way_alone(bag: Path, tmp_path: Path) -> None:
    press(tmp_path / "demo", "beg", bag)
    with pytest.raises(ClapError, match="No space left"):
        press(tmp_path / "demo", "beg", bag, FullDisk)
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == [
        ".lock", "000000", "demo.json",
    ]  # fmt: skip


def test_no_take_is_begun_on_a_disk_that_is_nearly_full(
    bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(ClapError, match="GB left"):
        press(tmp_path / "demo", "beg", bag)


def test_two_recorders_cannot_have_one_folder(tmp_path: Path) -> None:
    with (
        TakeFolder(tmp_path / "demo", SENTENCE),
        pytest.raises(ClapError, match=r"another `.* records to"),
    ):
        TakeFolder(tmp_path / "demo", SENTENCE)
    with TakeFolder(tmp_path / "demo") as again:
        assert again.instruction == SENTENCE


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ClapError, match="holds something"):
        TakeFolder(tmp_path, SENTENCE)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_pedal_chooses_its_keys() -> None:
    assert bindings(["begin=1", "end=2"])["1"] is Press.BEGIN
    for wrong in (["begin=e"], ["start=1"], ["begin=12"]):
        with pytest.raises(ClapError):
            bindings(wrong)


@pytest.mark.usefixtures("plenty")
def test_the_successful_takes_are_what_a_skill_is_made_of(
    bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    press(tmp_path / "demo", "begbefbeg", bag)
    (tmp_path / "demo" / "000001" / "metadata.yaml").write_text("a failed take may lack anything")
    taught = ["teach", "shut_it", "--from", str(tmp_path / "demo")]
    assert main([*taught, "--skills", str(tmp_path / "skills")]) == 0
    told = capsys.readouterr().out
    assert f'"{SENTENCE}", of 2 demonstrations' in told
    assert "did not succeed: 000001" in told


@pytest.mark.usefixtures("plenty")
def test_the_check_leaves_failed_takes_out(
    bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    press(tmp_path / "demo", "begbef", bag)
    next((tmp_path / "demo" / "000001").glob("*.mcap")).write_bytes(b"")
    assert main(["data", "check", str(tmp_path / "demo")]) == 0
    assert "failed, unusable" in capsys.readouterr().out
    assert len(demonstrations_in([tmp_path / "demo"])) == 2


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "clap_cli", "record", "demo", str(tmp_path / "demo")]
    process = subprocess.Popen(
        [*command, "--instruction", SENTENCE, "--topics", "/rosout", "/parameter_events"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_ends_cleanly_in_the_middle_of_a_take(
    recording: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert recording.stdin is not None and recording.stdout is not None
    recording.stdin.write("b")
    recording.stdin.flush()
    deadline = time.monotonic() + DEADLINE_S
    told = ""
    while "recording" not in told and time.monotonic() < deadline:
        told += recording.stdout.readline()
    recording.send_signal(signal.SIGINT)
    rest = recording.communicate(timeout=DEADLINE_S)[0]
    assert recording.returncode == 0, told + rest
    assert "Traceback" not in rest
    assert not list((tmp_path / "demo").glob(".*.partial"))
