"""Many episodes, one open at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes.reader import EpisodeFile
from clap_data.episodes.records import SUFFIX, EpisodeRecord


class EpisodeFolder:
    """The episodes below a folder, in the order of their paths.

    Only paths are kept in memory, so it can be as large as the disk and be handed to worker
    processes. Files that other programs put there are left alone; damaged episodes are not
    passed over in silence.

    Args:
        root: the folder; sub-folders are searched.
        variations: only these; all if None.
        split: only of this split; any if empty.

    Attributes:
        root: the folder.
        paths: of all episode files below it, before any filter.

    Raises:
        ClapError: INVALID_REQUEST if there is no such folder, or no episode in it.
    """

    def __init__(
        self, root: Path, variations: Collection[str] | None = None, split: str = ""
    ) -> None:
        self.root = root
        self._variations = variations
        self._split = split
        if not root.is_dir():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"there is no folder {root}",
                "Give one that `./clap data make --out` has filled",
            )
        self.paths = tuple(
            sorted(path for path in root.rglob(f"*{SUFFIX}") if not path.name.startswith("."))
        )
        if not self.paths:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the folder {root} holds no *{SUFFIX} file",
                "Fill it with `./clap data make` or `./clap data from-bag`",
            )

    def __iter__(self) -> Iterator[EpisodeFile]:
        """The wanted episodes, opened one after the other; each is closed when the next comes.

        Raises:
            ClapError: INVALID_REQUEST, naming a file that cannot be read.
        """
        for path in self.paths:
            with EpisodeFile(path) as episode:
                if self.wants(episode.record):
                    yield episode

    def records(self) -> Iterator[EpisodeRecord]:
        """The same without images."""
        return (episode.record for episode in self)

    def wants(self, record: EpisodeRecord) -> bool:
        """Whether an episode passes the filter."""
        if self._variations is not None and record.variation not in self._variations:
            return False
        return not self._split or record.split == self._split
