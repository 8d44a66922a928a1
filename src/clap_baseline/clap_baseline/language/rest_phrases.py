"""What may follow the objects of an order: directions, purposes, results, ways of doing it."""

from __future__ import annotations

from clap_baseline.language.verbs import Phrase, Verb

TO_SWITCH: tuple[Phrase, ...] = (("to", "turn"), ("to", "switch"))
BY_PUSHING: tuple[Phrase, ...] = tuple(
    ("by", doing, *it)
    for doing in ("pushing", "sliding", "shoving", "nudging")
    for it in ((), ("it",), ("it", "there"))
)
BY_SCREWING: tuple[Phrase, ...] = tuple(
    ("by", doing, "it", *in_)
    for doing in ("screwing", "twisting", "turning")
    for in_ in ((), ("in",), ("on",))
)
BY_ITS_LID: tuple[Phrase, ...] = tuple(
    ("by", doing, *lid)
    for doing in ("putting", "screwing", "twisting")
    for its in ("its", "the")
    for lid in ((its, "lid", "on"), ("on", its, "lid"))
)
WITHOUT_LIFTING: tuple[Phrase, ...] = tuple(
    ("without", *doing)
    for doing in (
        ("lifting", "it"),
        ("lifting", "it", "up"),
        ("picking", "it", "up"),
        ("grasping", "it"),
        ("grabbing", "it"),
        ("lifting",),
        ("raising", "it"),
        ("taking", "it", "up"),
    )
)
"""Said of what is pushed, which it is anyway."""
FROM_THERE: tuple[Phrase, ...] = tuple(
    ("from", "where", "it", *stands)
    for stands in (("stands",), ("is",), ("sits",), ("lies",), ("stands", "now"), ("is", "now"))
)
ALONG: tuple[Phrase, ...] = (
    *((way, *the, "table") for way in ("along", "over", "across", "on") for the in (("the",), ())),
    ("along",),
    ("across",),
)
NEXT_TO_EACH_OTHER: tuple[Phrase, ...] = (
    ("next", "to", "each", "other"),
    ("beside", "each", "other"),
    ("side", "by", "side"),
)
EACH_OTHER: tuple[Phrase, ...] = (
    ("on", "top", "of", "each", "other"),
    ("on", "each", "other"),
    ("on", "top", "of", "one", "another"),
    ("on", "one", "another"),
    ("onto", "each", "other"),
)
BACK_IN: tuple[Phrase, ...] = (("back", "in"), ("back", "shut"), ("back", "closed"))
UNTIL: tuple[Phrase, ...] = (
    ("until", "it", "is"),
    ("until", "it", "sits"),
    ("until", "it", "stands"),
    ("until", "it", "lies"),
    ("until", "it", "rests"),
    ("till", "it", "is"),
    ("until", "it"),
    ("so", "that", "you", "can"),
    ("so", "that", "it", "is"),
)
HELD_AT: tuple[Phrase, ...] = (("by",), ("at",))


PURPOSES: dict[str, tuple[Verb, tuple[Verb, ...]]] = {
    "open": (Verb.OPEN, (Verb.PULL, Verb.OPEN, Verb.LIFT, Verb.PICK, Verb.BRING)),
    "close": (Verb.CLOSE, (Verb.PUSH, Verb.CLOSE)),
    "shut": (Verb.CLOSE, (Verb.PUSH, Verb.CLOSE)),
}
"""What something may be done for, and with which verbs."""
SLIDES = frozenset({"drawer", "box", "jar"})
"""What cannot be opened wide: that it is would be more than the arm knows."""
