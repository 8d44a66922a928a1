"""What keypoint finders learn from in a demonstration: steps whose place has to be seen."""

from __future__ import annotations

from collections.abc import Iterator

from clap_core.keypoint_convention import happens_at_hand, held_before
from clap_data.episodes import EpisodeRecord, SubTaskRecord


def seen_steps(record: EpisodeRecord) -> Iterator[SubTaskRecord]:
    """The steps whose keypoint is known, but those that happen at the hand."""
    plan = [step.subtask for step in record.subtasks]
    for index, step in enumerate(record.subtasks):
        if step.keypoint_m is None or happens_at_hand(step.subtask, held_before(plan, index)):
            continue
        yield step


def noun(name: str) -> str:
    """What a name calls a thing: ``shelf`` of ``top shelf of the safe``."""
    return name.casefold().split(" of ")[0].split()[-1] if name.strip() else ""
