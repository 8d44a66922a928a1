"""How often, how far, how fast: what is honoured, and what is refused instead of dropped."""

from __future__ import annotations

from collections.abc import Sequence

from clap_baseline.language.small_words import NUMBERS
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import words
from clap_core.errors import ClapError, ErrorCode

MAX_TIMES = 10
"""How often something may be repeated."""

_TIMES = {"once": 1, "twice": 2, "thrice": 3, "double": 2}

_UNITS = words(
    "mm cm m km millimetre millimetres millimeter millimeters centimetre centimetres centimeter "
    "centimeters metre metres meter meters inch inches foot feet degree degrees radian radians "
    "second seconds minute minutes hour hours newton newtons n percent gram grams kilo kilos kg "
    "step steps quarter quarters third thirds half o'clock rad deg"
)
_AMOUNTS = words(
    "half halfway half-way partly partially slightly almost nearly bit "
    "hundred thousand million dozen few several many more less most least enough"
)
_BEFORE_NUMBERS = words("every for by about at least in")
_FRACTIONS = words("third quarter quarters thirds fifth tenth")
_MANNERS = words(
    "slowly slow quickly quick fast faster slower rapidly swiftly softly firmly hard harder "
    "strongly loudly quietly immediately instantly always often sometimes"
)
_CURES = {
    "distance": "Say instead next to, left of, right of, in front of, behind, on or in what",
    "amount": "Say it without the amount: things are opened, closed and moved as far as they go",
    "manner": "Say it without; the node's parameters hold the speed and the force",
}


def times_at(tokens: Sequence[str], at: int) -> tuple[int, int]:
    """How often, where tokens at `at` say so, and how many tokens say it; (0, 0) elsewhere."""
    rest = tokens[at : at + 2]
    if rest and rest[0] in _TIMES:
        return _TIMES[rest[0]], 1
    if len(rest) == 2 and rest[0] in NUMBERS and rest[1] == "times":
        return NUMBERS[rest[0]], 2
    return 0, 0


def read_times(reader: TokenReader) -> int:
    """Read how often; 0 where nothing says so. "Once" alone says so at the end of a clause."""
    count, length = times_at(reader.tokens, reader.at)
    ends = reader.at_boundary(1) or reader.peek(1) in ("and", "then")
    if count == 1 and not ends:
        return 0
    reader.at += length
    return count


def refuse_amounts(tokens: Sequence[str]) -> None:
    """Refuse distances, durations, amounts and manners.

    Raises:
        ClapError: IMPOSSIBLE, with the words and what can be said instead.
    """
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        numbered = before.isdigit() or before in NUMBERS or before in ("a", "an")
        is_ordinal = token in ("second", "third") and not before.isdigit() and before not in NUMBERS
        if _is_joined(token) or (token.isdigit() and int(token) not in NUMBERS.values()):
            if token != "1":
                raise _refused(token, "distance")
        elif token in _UNITS and (numbered or token == "o'clock") and not is_ordinal:
            start = at - 2 if at > 1 and tokens[at - 2] in _BEFORE_NUMBERS else at - 1
            raise _refused(" ".join(tokens[start : at + 1]), "distance")
        elif token in _FRACTIONS and list(tokens[at + 1 : at + 2]) == ["of"]:
            raise _refused(f"{before} {token}".strip(), "amount")
        elif token in _AMOUNTS:
            raise _refused(f"{before} {token}" if numbered else token, "amount")
        elif token in _MANNERS:
            raise _refused(token, "manner")


def _is_joined(token: str) -> bool:
    """Whether a number and a unit are written as one: "30cm"."""
    unit = token.lstrip("0123456789")
    return unit not in ("", token) and unit in _UNITS


def _refused(words_said: str, kind: str) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"'{words_said}' cannot be honoured: how far, how long, how much and how fast are not "
        "something this planner can pass on",
        _CURES[kind],
    )
