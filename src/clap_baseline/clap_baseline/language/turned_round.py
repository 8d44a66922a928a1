"""Sentences that say the thing before the verb: "it is the red mug that you should pick up"."""

from __future__ import annotations

import re

from clap_baseline.language.text import STOP
from clap_baseline.language.verbs import FORMS

_WHO = (
    r"(?:you (?:should|must|have to|need to|are to|can|ought to|shall)"
    r"|(?:i|we) (?:want|need|would like|would love|ask) you to|to)"
)
_SHALL_BE = r"(?:should|must|has to|needs to|is to|shall|ought to) be"
_WHAT = r"(?:what|the (?:thing|one|object|item)(?: that| which)?)"
_DO = r"(?P<do>\w+(?: up| down| on| off)?)"
_NAME = r"(?P<name>[^,]+?)"
_TURNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), turned)
    for pattern, turned in (
        (rf"^{_WHAT} {_WHO} {_DO}(?: now| next| first)? is (?=\w)", r"\g<do> "),
        (rf"^the (?P<noun>\w+) {_WHO} {_DO}(?: now| next| first)? is (?P<which>the \w+) one\b",
         r"\g<do> \g<which> \g<noun>"),
        (rf"^{_WHAT} {_SHALL_BE} {_DO} is {_NAME}(?=$| ,)", r"\g<name> should be \g<do>"),
        (rf"^it is {_NAME}(?: that| which)? {_WHO} {_DO}(?=$| ,)", r"\g<do> \g<name>"),
        (rf"^it is {_NAME} (?:that|which) {_SHALL_BE} {_DO}(?=$| ,)",
         r"\g<name> should be \g<do>"),
        (rf"^{_NAME} is {_WHAT} {_WHO} {_DO}(?=$| ,)", r"\g<do> \g<name>"),
        (r"(\w+)'s (?=(?:still |already )?(?:open|closed|shut)$|(?:still )?(?:open|closed|shut) ,)",
         r"\1 is "),
        (r"(\w+)'s (?:right |proper |rightful )?(?:place|spot|home) is\b", r"\1 belongs"),
        (rf"^the (?:right |proper )?(?:place|spot|home) (?:for|of) {_NAME} is (?=on|in|at|next)",
         r"\g<name> belongs "),
    )
)  # fmt: skip
"""Patterns of a sentence's words, and what they say the right way round."""


def turned_round(tokens: list[str]) -> list[str]:
    """Tokens with the verb first, or with a plain statement, where a sentence is turned round."""
    sentences = " ".join(tokens).split(f" {STOP}")
    return f" {STOP}".join(map(_turned, sentences)).split()


def _turned(sentence: str) -> str:
    start = " " if sentence.startswith(" ") else ""
    sentence = sentence.strip()
    for pattern, turned in _TURNS:
        found = pattern.search(sentence)
        if found and found.groupdict().get("do", "press").split()[0] in FORMS:
            return (
                start + sentence[: found.start()] + found.expand(turned) + sentence[found.end() :]
            )
    return start + sentence
