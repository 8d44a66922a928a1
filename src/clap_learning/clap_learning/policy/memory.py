"""A memory of demonstrations: one file, written whole and held against its checksums."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, NonNegativeInt

from clap_core.task_types import Action, Relation, SubTask
from clap_data.archives import ArchiveFile, ArchiveKind, write_archive
from clap_data.episodes.records import KeyPoseRecord, Matrix, Point, matrix, point
from clap_learning.checksums import verify_sums, write_sums
from clap_learning.policy.demonstration import Demonstration, SubTaskStart
from clap_learning.policy.frames import KeyPoseFrame
from clap_learning.policy.rules import Rule, StepRule, Way
from clap_learning.policy.surroundings import Surroundings, top_height

MEMORY_FILE = "demonstrations.memory"

KIND = ArchiveKind(
    name="memory",
    description="a memory of demonstrations",
    content="the memory",
    writers="`./clap train align`",
    maker="`./clap train align`",
    format="clap-memory",
    version=1,
)

_RECORD = "memory.json"
_POINTS = "points.f16"
_COLOURS = "colours.u8"


@dataclass(frozen=True, eq=False)
class Memory:
    """Demonstrations, and how each is carried over.

    Attributes:
        demonstrations: all of them.
        rules: the rule of each; those of one kind share theirs.
    """

    demonstrations: tuple[Demonstration, ...]
    rules: tuple[Rule, ...]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _WayRecord(_Record):
    frame: KeyPoseFrame
    of_held: bool


class _StepRecord(_Record):
    rotation: KeyPoseFrame
    position: tuple[_WayRecord, _WayRecord, _WayRecord]


class _DemonstrationRecord(_Record):
    origin: str
    action: Action
    text: str
    object: str
    part: str
    relation: Relation
    reference: str
    at_hand: bool
    keypoint_m: Point
    base_T_tcp: Matrix
    tcp_p_held: Point | None
    next_m: Point | None
    key_poses: tuple[KeyPoseRecord, ...]
    points: NonNegativeInt
    rule: NonNegativeInt


class _MemoryRecord(_Record):
    format: Literal["clap-memory"] = "clap-memory"
    version: Literal[1] = 1
    episodes: NonNegativeInt
    demonstrations: tuple[_DemonstrationRecord, ...]
    rules: tuple[tuple[_StepRecord, ...], ...]


def save_memory(folder: Path, memory: Memory, episodes: int) -> Path:
    """Write a memory into a folder, with its checksum; see `write_memory`.

    Returns:
        The path of the file.
    """
    path = folder / MEMORY_FILE
    write_memory(path, memory, episodes)
    write_sums(folder, [MEMORY_FILE])
    return path


def load_memory(folder: Path) -> Memory:
    """The memory of a folder.

    Raises:
        DamagedFileError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is none, it is something else, or not what the
            folder's checksums say.
    """
    memory = read_memory(folder / MEMORY_FILE)
    verify_sums(folder, "Fetch the folder again (git checkout), or run `./clap train align`")
    return memory


def write_memory(path: Path, memory: Memory, episodes: int) -> None:
    """Write a memory; equal ones give equal bytes.

    Args:
        path: of the file.
        memory: what to write; points are stored in half precision.
        episodes: how many it was made of.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be written; no file is left then.
    """
    rules = list(dict.fromkeys(memory.rules))
    number = {rule: index for index, rule in enumerate(rules)}
    shown = memory.demonstrations
    record = _MemoryRecord(
        episodes=episodes,
        demonstrations=tuple(
            _record_of(one, number[rule]) for one, rule in zip(shown, memory.rules, strict=True)
        ),
        rules=tuple(tuple(_step_record(step) for step in rule) for rule in rules),
    )
    with write_archive(path, KIND) as add:
        add(_RECORD, record.model_dump_json().encode())
        add(_POINTS, b"".join(one.look.xyz.astype("<f2").tobytes() for one in shown))
        add(_COLOURS, b"".join(one.look.rgb.tobytes() for one in shown))


def read_memory(path: Path) -> Memory:
    """Read a memory.

    Raises:
        DamagedFileError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is none, or it is something else.
    """
    with ArchiveFile(path, KIND) as archive:
        record = archive.read_record(_RECORD, _MemoryRecord)
        xyz = np.frombuffer(archive.read(_POINTS), "<f2")
        rgb = np.frombuffer(archive.read(_COLOURS), np.uint8)
        counts = [one.points for one in record.demonstrations]
        if any(one.rule >= len(record.rules) for one in record.demonstrations):
            raise archive.foreign("a demonstration has no rule")
        if not len(xyz) == len(rgb) == 3 * sum(counts):
            raise archive.foreign(f"it has {len(xyz)} coordinates for {sum(counts)} points")
    points, colours = xyz.reshape(-1, 3).astype(np.float32), rgb.reshape(-1, 3)
    ends = np.cumsum(counts, dtype=int)
    clouds = [
        Surroundings(points[end - count : end], colours[end - count : end])
        for end, count in zip(ends, counts, strict=True)
    ]
    rules = [tuple(_step_of(step) for step in rule) for rule in record.rules]
    return Memory(
        tuple(
            _demonstration_of(one, cloud)
            for one, cloud in zip(record.demonstrations, clouds, strict=True)
        ),
        tuple(rules[one.rule] for one in record.demonstrations),
    )


def _record_of(shown: Demonstration, rule: int) -> _DemonstrationRecord:
    subtask, state = shown.subtask, shown.state
    return _DemonstrationRecord(
        origin=shown.origin,
        action=subtask.action,
        text=subtask.text,
        object=subtask.object,
        part=subtask.part,
        relation=subtask.relation,
        reference=subtask.reference,
        at_hand=shown.at_hand,
        keypoint_m=point(state.keypoint_m),
        base_T_tcp=matrix(state.base_T_tcp),
        tcp_p_held=None if state.tcp_p_held is None else point(state.tcp_p_held),
        next_m=None if state.next_m is None else point(state.next_m),
        key_poses=tuple(KeyPoseRecord.of(action) for action in shown.actions),
        points=len(shown.look),
        rule=rule,
    )


def _demonstration_of(record: _DemonstrationRecord, look: Surroundings) -> Demonstration:
    subtask = SubTask(
        record.action, record.text, record.object, record.part, record.relation, record.reference
    )
    held = None if record.tcp_p_held is None else np.array(record.tcp_p_held)
    keypoint, tcp = np.array(record.keypoint_m), np.array(record.base_T_tcp)
    next_m = None if record.next_m is None else np.array(record.next_m)
    state = SubTaskStart(keypoint, tcp, held, top_height(look), next_m)
    actions = tuple(pose.action for pose in record.key_poses)
    return Demonstration(record.origin, subtask, record.at_hand, state, look, actions)


def _step_record(step: StepRule) -> _StepRecord:
    along, across, up = (_WayRecord(frame=way.frame, of_held=way.of_held) for way in step.position)
    return _StepRecord(rotation=step.rotation, position=(along, across, up))


def _step_of(record: _StepRecord) -> StepRule:
    along, across, up = (Way(way.frame, way.of_held) for way in record.position)
    return StepRule(record.rotation, (along, across, up))
