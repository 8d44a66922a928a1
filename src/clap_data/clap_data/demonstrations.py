"""Where demonstrations lie: episodes, bags, and the takes of ``./clap record demo``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.reading import is_bag
from clap_data.episodes.records import SUFFIX


def demonstrations_in(sources: Iterable[Path]) -> tuple[Path, ...]:
    """The episodes and bags that are meant, in the order of their paths below each source.

    Args:
        sources: episodes, bags, or folders of either. What has a name that begins with a dot is
            passed over: it is not complete.

    Raises:
        ClapError: INVALID_REQUEST where a source is not there or holds none.
    """
    found: list[Path] = []
    for source in sources:
        if not source.exists():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"there is no {source}",
                "Give episodes, bags, or folders of either",
            )
        below = list(_below(source))
        if not below:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{source} holds neither an episode (*{SUFFIX}) nor a bag",
                "Record one with `./clap record demo`",
            )
        found += below
    return tuple(dict.fromkeys(found))


def _below(path: Path) -> Iterator[Path]:
    if path.is_file() or is_bag(path):
        yield path
        return
    for inside in sorted(path.iterdir()):
        if inside.name.startswith("."):
            continue
        if inside.is_dir():
            yield from _below(inside)
        elif inside.suffix == SUFFIX:
            yield inside
