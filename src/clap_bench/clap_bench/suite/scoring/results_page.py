"""Figures of many scorings as one page: who succeeds how often, where, and why not."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clap_bench.suite.scoring.report import interval
from clap_bench.suite.scoring.suites import Suite

NOT_DONE = "not done"
"""The cause where nothing was reported: the agent ended, and the judge was not content."""

_CAUSE = re.compile(r"^(?:gave up on .*?: )?([A-Z][A-Z_]+):")
_NO_FIGURE = "-"

Figures = Mapping[str, Any]
"""What `report.summary` gives, as read from a file of ``./clap eval --json``."""


@dataclass(frozen=True, order=True)
class _Row:
    """What was played, whatever the level."""

    agent: str
    mode: str
    conditions: str

    @property
    def words(self) -> str:
        told = {"auto": "", "gt-plan": ", true plan", "gt-all": ", true plan and keypoints"}
        where = "" if self.conditions == "gembench" else f", conditions {self.conditions}"
        return f"`{self.agent}`{told[self.mode]}{where}"


def page(
    figures: Iterable[Figures], suite: Suite, published: Mapping[str, Sequence[float | None]]
) -> str:
    """The page as Markdown.

    Args:
        figures: of any levels, agents and modes; of two that scored the same variations, the one
            with more episodes counts.
        suite: whose levels they are of.
        published: of methods on the original, success in % of each level.
    """
    figures = list(figures)
    scored = _by_row(figures)
    parts = [
        f"# Results on {suite.TITLE}",
        "Written by `./clap report`, of the files that `./clap eval --json` wrote. Success in % "
        "with intervals of 95 % (bootstrap over tasks) and the number of episodes. Rows in italics "
        "are published results **on the original**, in another simulator: they are here for "
        "orientation and are not compared with the others.",
        "## By level",
        _levels(scored, suite, published),
        "## Why not",
        "What the failed episodes ended with: the code of the error that stopped the agent, or "
        f'"{NOT_DONE}" where it believed to be done, or came no further in 25 key poses.',
        _causes(scored, suite),
        "## By variation",
        *(_variations(scored, suite, level) for level in suite.LEVELS),
        "## Made by",
        _commands(figures),
    ]
    return "\n\n".join(parts) + "\n"


def cause(reason: str) -> str:
    """The code of the error that a failure's reason begins with."""
    found = _CAUSE.match(reason)
    return found[1] if found else NOT_DONE


def _by_row(figures: Iterable[Figures]) -> dict[_Row, dict[str, Any]]:
    """Of each row, the figures of each variation."""
    scored: dict[_Row, dict[str, Any]] = {}
    for one in figures:
        row = _Row(one["agent"], one["mode"], one["conditions"])
        variations = scored.setdefault(row, {})
        for name, figure in one["variations"].items():
            if name not in variations or variations[name]["episodes"] < figure["episodes"]:
                variations[name] = figure
    return dict(sorted(scored.items()))


def _levels(
    scored: Mapping[_Row, Mapping[str, Any]],
    suite: Suite,
    published: Mapping[str, Sequence[float | None]],
) -> str:
    lines = [_line(["", *suite.LEVELS, "average"]), _line(["---"] * (len(suite.LEVELS) + 2))]
    for row, variations in scored.items():
        cells, rates = [], []
        for level in suite.LEVELS:
            of_level = _of_level(variations, suite, level)
            cells.append(_cell(of_level))
            if of_level:
                rates.append(_mean(of_level))
        whole = len(rates) == len(suite.LEVELS)
        average = f"{100 * sum(rates) / len(rates):.1f}" if whole else _NO_FIGURE
        lines.append(_line([row.words, *cells, average]))
    for name, values in published.items():
        known = [value for value in values if value is not None]
        average = f"{sum(known) / len(known):.1f}" if len(known) == len(values) else _NO_FIGURE
        cells = [_NO_FIGURE if value is None else f"{value:.1f}" for value in values]
        lines.append(_line([f"*{name}*", *(f"*{cell}*" for cell in (*cells, average))]))
    return "\n".join(lines)


def _cell(variations: Mapping[str, Any]) -> str:
    if not variations:
        return _NO_FIGURE
    (low, high), _ = interval({name: one["success"] for name, one in variations.items()})
    episodes = sum(one["episodes"] for one in variations.values())
    return f"{100 * _mean(variations):.0f} ({100 * low:.0f} .. {100 * high:.0f}; {episodes})"


def _causes(scored: Mapping[_Row, Mapping[str, Any]], suite: Suite) -> str:
    lines = [_line(["", "level", "failed", "ended with"]), _line(["---"] * 4)]
    for row, variations in scored.items():
        for level in suite.LEVELS:
            of_level = _of_level(variations, suite, level)
            failures = [failure for one in of_level.values() for failure in one["failures"]]
            if failures:
                counted = Counter(cause(failure["reason"]) for failure in failures)
                told = ", ".join(f"{name} {count}" for name, count in counted.most_common())
                episodes = sum(one["episodes"] for one in of_level.values())
                lines.append(_line([row.words, level, f"{len(failures)} of {episodes}", told]))
    return "\n".join(lines)


def _variations(scored: Mapping[_Row, Mapping[str, Any]], suite: Suite, level: str) -> str:
    rows = [row for row, variations in scored.items() if _of_level(variations, suite, level)]
    if not rows:
        return f"### {level}\n\nNot scored."
    lines = [_line(["", *(row.words for row in rows)]), _line(["---"] * (len(rows) + 1))]
    for name in suite.variations(level):
        cells = []
        for row in rows:
            one = scored[row].get(name)
            cells.append(f"{100 * one['success']:.0f} ({one['episodes']})" if one else _NO_FIGURE)
        lines.append(_line([f"{name} *{suite.instruction(name)}*", *cells]))
    return f"### {level}\n\n" + "\n".join(lines)


def _commands(figures: Sequence[Figures]) -> str:
    """What gives the same figures again, `--jobs` and the file aside."""
    said = dict.fromkeys(_command(one) for one in figures)
    return "\n".join(f"    {one}" for one in sorted(said))


def _command(figures: Figures) -> str:
    names = [figures["level"]] if figures["level"] else list(figures["variations"])
    option = "--level" if figures["level"] else "--variation"
    words = ["./clap eval --agent", figures["agent"]]
    words += [f"{option} {name}" for name in names]
    words += [f"--episodes {figures['episodes']} --seed {figures['seed']}"]
    if figures["mode"] != "auto":
        words.append(f"--mode {figures['mode']}")
    if figures["conditions"] != "gembench":
        words.append(f"--conditions {figures['conditions']}")
    if figures.get("instruction"):
        words.append(f"--instruction {shlex.quote(figures['instruction'])}")
    return " ".join(words)


def _of_level(variations: Mapping[str, Any], suite: Suite, level: str) -> dict[str, Any]:
    """A level's figures; empty unless all of its variations were scored."""
    names = suite.variations(level)
    return {name: variations[name] for name in names} if set(names) <= set(variations) else {}


def _mean(variations: Mapping[str, Any]) -> float:
    return sum(one["success"] for one in variations.values()) / len(variations)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
