"""Singulars of English nouns."""

from __future__ import annotations

from clap_baseline.knowledge import knowledge

_IRREGULAR = {
    "shelves": "shelf",
    "knives": "knife",
    "glasses": "glass",
    "loaves": "loaf",
    "dice": "die",
}


def singular(noun: str) -> str:
    """The singular of a noun, of the last word of several."""
    *front, last = noun.split() or [""]
    return " ".join([*front, _singular(last)])


def _singular(noun: str) -> str:
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if len(noun) < 4 or not noun.endswith("s") or noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("xes", "ches", "shes", "sses", "zes")):
        return noun[:-2]
    return noun[:-1]


def is_plural(noun: str) -> bool:
    """Whether a noun says that there are several."""
    return singular(noun) != noun and noun not in knowledge().plural_only
