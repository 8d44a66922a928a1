"""Sentences with the plan that they mean, or why they must be refused, read from YAML."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clap_cli.planner_score.same_plan import canonical, plan_of_goals
from clap_core.backends import Planner
from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan

VALIDATION, TEST = "validation", "test"
"""Sentences to look at when a planner is improved, and those that are only counted."""


@dataclass(frozen=True)
class Answer:
    """What a planner made of a sentence.

    Attributes:
        sentence: as said.
        group: of what kind it is.
        half: VALIDATION or TEST.
        right: whether it is what was meant.
        said: the plan or the refusal, for people.
    """

    sentence: str
    group: str
    half: str
    right: bool
    said: str


def half_of(sentence: str) -> str:
    """To which half a sentence belongs: the parity of its CRC-32."""
    return TEST if zlib.crc32(sentence.encode()) % 2 else VALIDATION


def answer(planner: Planner, sentence: str) -> tuple[Any, str, ErrorCode]:
    """Plan, or the reason for the refusal and its code."""
    try:
        return check_plan(sentence, planner.plan(sentence)), "", ErrorCode.SUCCESS
    except ClapError as error:
        return (), error.reason, error.code


def reworded(planner: Planner, folder: Path) -> Iterator[Answer]:
    """Judge the plans of ``reworded.yaml``."""
    data = yaml.safe_load((folder / "reworded.yaml").read_text())
    for group in data["groups"]:
        wanted = canonical(plan_of_goals(group["plan"]), data["same"])
        for sentence in group["say"]:
            plan, reason, code = answer(planner, sentence)
            steps = canonical(plan, data["same"])
            said = "; ".join(map(str, steps)) or f"{code.name}: {reason}"
            name = "; ".join(group["plan"])
            yield Answer(sentence, name, half_of(sentence), steps == wanted, said)


def refused(planner: Planner, folder: Path) -> Iterator[Answer]:
    """Judge the refusals of ``refused.yaml``: a right code, and a reason that names the word."""
    data = yaml.safe_load((folder / "refused.yaml").read_text())
    for group in data["groups"]:
        codes = {ErrorCode[name] for name in group["codes"]}
        for item in group["say"]:
            entry = item if isinstance(item, dict) else {"text": item}
            plan, reason, code = answer(planner, entry["text"])
            named = [str(name).lower() in reason.lower() for name in entry.get("names", ())]
            said = f"{code.name}: {reason}" if reason else "; ".join(map(str, canonical(plan)))
            right = code in codes and (any(named) or not named)
            yield Answer(entry["text"], group["why"], half_of(entry["text"]), right, said)
