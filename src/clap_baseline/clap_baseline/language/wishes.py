"""Whether a wish for a state starts here, or an order, or what is declined."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import DECLINED, FORMS, STATE_VERBS, VERBS
from clap_core.errors import ClapError, ErrorCode

_SETTLES = (
    "fall",
    "drop",
    "stand",
    "rest",
    "sit",
    "lie",
    "stay",
    "go",
    "land",
    "come",
    "move",
    "remain",
)
_CLAUSE_ENDS = (",", ".", "and", "then")


def refuse_declined(reader: TokenReader) -> None:
    """Refuse a clause that the robot cannot do; read nothing.

    Raises:
        ClapError: IMPOSSIBLE, naming what is wished.
    """
    declined = reader.ahead(DECLINED)
    known = max(len(reader.ahead(VERBS)), len(reader.ahead(small.WISHES)))
    if len(declined) > known:
        wish = " ".join(reader.tokens[reader.at : reader.at + 4])
        raise ClapError(
            ErrorCode.IMPOSSIBLE,
            f"the robot cannot '{wish}': {DECLINED[declined]}",
            small.WHAT_CAN_BE_SAID,
        )


def wish_ahead(reader: TokenReader) -> bool:
    """Whether "get", "have", "make" and "let" wish for a state instead of ordering."""
    found = reader.ahead(small.WISHES)
    if not found:
        return False
    if found == ("get",):
        return _is_done_to(reader)
    wishes = len(found) > 1 or found[0] in ("let", "have", "make", "ensure")
    return wishes and name_ahead(reader, len(found))


def settle_state(reader: TokenReader) -> None:
    """Of "make the block stand on the plate", have "stand" say what it becomes."""
    for at in _rest_of_clause(reader, 0):
        behind = at + 1 - reader.at
        if reader.tokens[at] in _SETTLES and reader.ahead(small.RELATIONS, behind):
            reader.tokens[at] = "goes"
            return


def _is_done_to(reader: TokenReader) -> bool:
    """Whether a participle ends the clause: "get the mug picked up"."""
    words = [reader.tokens[at] for at in _rest_of_clause(reader, 1)]
    done = [word for word in words if word.endswith("ed") and word in FORMS]
    return any(word not in STATE_VERBS for word in done) and name_ahead(reader, 1)


def _rest_of_clause(reader: TokenReader, offset: int) -> range:
    at = reader.at + offset
    while at < len(reader.tokens) and reader.tokens[at] not in _CLAUSE_ENDS:
        at += 1
    return range(reader.at + offset, at)
