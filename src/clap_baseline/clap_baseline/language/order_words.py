"""Words that number the steps of an instruction: "1.", "step two", "second, ...", "next"."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.attributes import ORDINALS
from clap_baseline.language.text import STOP
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import FORMS, VERBS

_NUMBERS = {"1": 1, "one": 1, **small.NUMBERS}
_NEXT = small.phrases(
    "next, next thing, after which, thereafter, thereupon, subsequently, following that, "
    "following this, and last, last of all, first of all, first off, to start with, to begin "
    "with, for a start, for starters, as a first step, as a second step, as a next step, as a "
    "last step, in the end, in the first step, in the second step, in a first step, in a second "
    "step, later, later on, after this, and after this, and after that, after doing that, after "
    "doing this, after doing so, having done that, having done this, having done so, in the next "
    "step, to finish, to finish off, to end with, at the end, at last"
)
"""At the start of a clause they say that it comes in the order in which it is told."""


def number_words(tokens: list[str]) -> list[str]:
    """Tokens with the numbers of a numbered list as full stops: "1. press ... 2. press ..."."""
    kept: list[str] = []
    wanted = 1
    at = 0
    while at < len(tokens):
        token, after = tokens[at], tokens[at + 1 : at + 2]
        named = token == "step" and after and _NUMBERS.get(after[0]) == wanted
        bare = token.isdigit() and int(token) == wanted and _starts_step(tokens, at)
        if named or bare:
            at += 2 if named else 1
            if tokens[at : at + 1] in ([STOP], [","]):
                at += 1
            if tokens[at : at + 1] == ["is"] and tokens[at + 1 : at + 2] == ["to"]:
                at += 2
            kept.append(STOP)
            wanted += 1
            continue
        kept.append(token)
        at += 1
    return kept


def _starts_step(tokens: list[str], at: int) -> bool:
    """Whether a number stands alone: at the very start, or before a stop or a verb."""
    if tokens[at] == "1" and at:
        return False
    after = tokens[at + 1 : at + 2]
    return after == [STOP] or (bool(after) and (after[0],) in VERBS)


def order_word(reader: TokenReader, kept: list[str], *, at_start: bool) -> bool:
    """Read a word that says when a clause comes and not which thing is meant."""
    if reader.peek() == "first" and _is_adverb(reader) and _comes_first(reader, kept):
        reader.take()
        return True
    if not at_start:
        return False
    if reader.ahead(_NEXT) and (reader.peek(), reader.peek(1)) != ("next", "to"):
        reader.match(_NEXT)
        return True
    if reader.peek() in ORDINALS and (reader.peek(1) == "," or reader.ahead(VERBS, 1)):
        reader.take()
        return True
    return False


def _comes_first(reader: TokenReader, kept: list[str]) -> bool:
    """Whether what is done first was not told after something else."""
    ends = reader.at_boundary(1) or reader.peek(1) in ("and", "then")
    if ends:
        return not {",", STOP, "and", "then"} & {*kept}
    return not (reader.ahead(VERBS, 1) and any(word in FORMS for word in kept))


def _is_adverb(reader: TokenReader) -> bool:
    """Whether "first" says when, not which one."""
    return reader.peek(-1) not in small.DETERMINERS and "from" not in (
        reader.peek(1),
        reader.peek(2),
        reader.peek(3),
    )
