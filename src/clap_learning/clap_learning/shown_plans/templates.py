"""Sentences and their plans with places for colours and orders: ``push the {colour 1} button``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from clap_core.task_types import SubTask
from clap_learning.keypoint.colours import lexicon

_ORDERS = frozenset(
    {"top", "upper", "middle", "bottom", "lower", "left", "right", "first", "second", "third"}
)
_LONGEST = 3
"""Words of the longest value, such as `dark olive green`."""

_SLOT = re.compile(r"\{(colour|order) (\d)\}")


@dataclass(frozen=True)
class Template:
    """A sentence and its plan; the same slots in both.

    Attributes:
        say: words in lower case, one space between them, without punctuation.
        plan: its sub-tasks.
    """

    say: str
    plan: tuple[SubTask, ...]


def plain(sentence: str) -> str:
    """A sentence as templates are written: lower case, no punctuation but apostrophes."""
    return " ".join(re.findall(r"[a-z0-9']+", sentence.casefold()))


def template_of(sentence: str, plan: tuple[SubTask, ...]) -> Template | None:
    """What a demonstrated sentence says of others.

    What its plan does not repeat stays as it was said: a plan that leaves a word out would be
    carried over to sentences that mean something else.

    Args:
        sentence: as it was said.
        plan: how it was done.

    Returns:
        None where it says one word of two things.
    """
    wanted = _wanted(plan)
    said = list(_values(plain(sentence)))
    if any(said.count(value) > 1 for value in wanted):
        return None
    slots: dict[str, str] = {}
    for value in said:
        if value in wanted:
            kind = _kind(value)
            number = 1 + sum(slot.startswith(f"{{{kind}") for slot in slots.values())
            slots[value] = f"{{{kind} {number}}}"
    return Template(_with(slots, plain(sentence)), tuple(_renamed(step, slots) for step in plan))


def tells_all(sentence: str, plan: tuple[SubTask, ...]) -> bool:
    """Whether a sentence says every colour and order that its plan tells things apart by, so that
    the plan holds wherever the sentence is said."""
    return _wanted(plan) <= set(_values(plain(sentence)))


def fill(template: Template, sentence: str) -> tuple[SubTask, ...] | None:
    """The plan of a sentence that a template fits.

    Args:
        template: of a demonstration.
        sentence: anything that was said.

    Returns:
        None where it does not fit.
    """
    found = re.fullmatch(_pattern(template.say), plain(sentence))
    if found is None:
        return None
    values = {f"{{{name.replace('_', ' ')}}}": value for name, value in found.groupdict().items()}
    if any(_kind(value) != slot[1:].split()[0] for slot, value in values.items()):
        return None
    return tuple(_renamed(step, values) for step in template.plan)


def _wanted(plan: tuple[SubTask, ...]) -> set[str]:
    """Colours and orders that a plan tells things apart by."""
    names = [name for step in plan for name in (step.object, step.part, step.reference)]
    return {value for name in names for value in _values(plain(name))}


def _pattern(say: str) -> str:
    """The regular expression of a template."""
    parts, end = [], 0
    for slot in _SLOT.finditer(say):
        parts.append(re.escape(say[end : slot.start()]))
        parts.append(f"(?P<{slot[1]}_{slot[2]}>[a-z]+(?: [a-z]+){{0,{_LONGEST - 1}}}?)")
        end = slot.end()
    return "".join([*parts, re.escape(say[end:])])


def _values(text: str) -> Iterator[str]:
    """Colours and orders of a text, the longest at each place."""
    words = text.split()
    index = 0
    while index < len(words):
        sizes = range(min(_LONGEST, len(words) - index), 0, -1)
        value = next((" ".join(words[index : index + n]) for n in sizes
                      if _kind(" ".join(words[index : index + n]))), "")  # fmt: skip
        if value:
            yield value
        index += max(1, len(value.split()))


def _kind(value: str) -> str:
    """What kind of value words are; empty for none."""
    if value in lexicon():
        return "colour"
    return "order" if value and set(value.split()) <= _ORDERS else ""


def _renamed(step: SubTask, names: Mapping[str, str]) -> SubTask:
    return replace(
        step,
        text=_with(names, step.text),
        object=_with(names, step.object),
        part=_with(names, step.part),
        reference=_with(names, step.reference),
    )


def _with(names: Mapping[str, str], text: str) -> str:
    """The text with each name replaced, the longest first, and what was replaced left alone."""
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first)
    return re.sub(pattern, lambda found: names[found[0]], text)
