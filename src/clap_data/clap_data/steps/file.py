"""Files of demonstrations in steps: whole or not there."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clap_core.errors import ClapError, ErrorCode
from clap_data.archives import ArchiveFile, write_archive
from clap_data.steps.records import STEPS_KIND, STEPS_SUFFIX, StepArrays, StepsRecord

_RECORD_ENTRY = "steps.json"
_PER_METRE = 1e4
_FARTHEST_M = np.iinfo(np.int16).max / _PER_METRE


class StepFile(ArchiveFile):
    """A demonstration on disk; its words are read when it is opened, its numbers when asked for.

    Raises:
        DamagedFileError: it is damaged or cut short.
        ClapError: INVALID_REQUEST if there is no such file, or it is something else.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, STEPS_KIND)
        self.record = self.read_record(_RECORD_ENTRY, StepsRecord)

    @cached_property
    def arrays(self) -> StepArrays:
        """Its numbers.

        Raises:
            DamagedFileError: they are damaged, missing or do not fit the record.
        """
        count, points = self.record.steps, self.record.points
        states, actions = len(self.record.state_names), len(self.record.action_names)
        xyz = self._array("xyz", (count, points, 3), np.int16)
        return StepArrays(
            self._array("counts", (count,), np.int32),
            (xyz / np.float32(_PER_METRE)).astype(np.float32),
            self._array("rgb", (count, points, 3), np.uint8),
            self._array("states", (count, states), np.float32),
            self._array("actions", (count, actions), np.float32),
        )

    def _array(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> NDArray[Any]:
        try:
            array = np.load(io.BytesIO(self.read(f"{name}.npy")), allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise self.damaged(error) from error
        if array.shape != shape or array.dtype != kind:
            raise self.damaged(ValueError(f"{name} is {array.dtype} {array.shape}, not {shape}"))
        return np.asarray(array)


class StepFolder:
    """The demonstrations below a folder, in the order of their paths.

    Args:
        root: the folder.
        variations: only these; all if None.

    Raises:
        ClapError: INVALID_REQUEST if there is no such folder, or no demonstration in it.
    """

    def __init__(self, root: Path, variations: Collection[str] | None = None) -> None:
        self.root = root
        self._variations = variations
        self.paths = tuple(
            sorted(
                path
                for path in (root.rglob(f"*{STEPS_SUFFIX}") if root.is_dir() else ())
                if not path.name.startswith(".")
            )
        )
        if not self.paths:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the folder {root} holds no *{STEPS_SUFFIX} file",
                "Fill it with `./clap data metaworld --out`",
            )

    def __iter__(self) -> Iterator[StepFile]:
        """The wanted ones, opened one after the other."""
        for path in self.paths:
            with StepFile(path) as file:
                if self._variations is None or file.record.variation in self._variations:
                    yield file


def write_steps(path: Path, record: StepsRecord, arrays: StepArrays) -> None:
    """Write a demonstration, replacing a file of that name; equal content gives equal bytes.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be written; nothing is left then.
    """
    if np.abs(arrays.xyz_m).max() > _FARTHEST_M:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"a point of the demonstration {path} is farther than {_FARTHEST_M:.1f} m",
            "Crop the clouds to the workspace",
        )
    entries = {
        "counts": arrays.counts,
        "xyz": np.rint(arrays.xyz_m * _PER_METRE).astype(np.int16),
        "rgb": arrays.rgb,
        "states": arrays.states,
        "actions": arrays.actions,
    }
    with write_archive(path, STEPS_KIND) as add:
        for name, array in entries.items():
            stream = io.BytesIO()
            np.save(stream, array, allow_pickle=False)
            add(f"{name}.npy", stream.getvalue())
        add(_RECORD_ENTRY, record.model_dump_json().encode())
