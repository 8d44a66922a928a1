"""An instruction without what stands around its orders: politeness, order words, numbering."""

from __future__ import annotations

from clap_baseline.language import framing_phrases as framing
from clap_baseline.language import small_words as small
from clap_baseline.language.order_words import number_words, order_word
from clap_baseline.language.text import STOP
from clap_baseline.language.token_reader import PhraseTable, TokenReader
from clap_baseline.language.turned_round import turned_round
from clap_baseline.language.verbs import FORMS, VERBS

_STARTS = (",", STOP, "and", "then")
_ANYWHERE = PhraseTable((*framing.POLITENESS, ("without", "further", "ado")))
_GERUND_FRAMES = PhraseTable(framing.WITH_GERUND)
_FRAMES = PhraseTable((*framing.WITH_INFINITIVE, *framing.WITH_PAST))
_WITH_PAST = PhraseTable(framing.WITH_PAST)
_TITLES = PhraseTable(framing.TITLES)
_AFTERWARDS = PhraseTable(framing.AFTERWARDS)
_DONE = PhraseTable(framing.DONE)

_ALSO_PAST = ("put", "set", "shut", "hit", "let")
"""Verbs that look the same in the past: "you put the mug there" orders nothing."""


def without_framing(tokens: list[str]) -> list[str]:
    """The words that an order is made of, and those that no table knows.

    A frame goes only where it stands before what it frames: what is left of it elsewhere is
    refused by whoever reads on.
    """
    reader = TokenReader(turned_round(number_words(tokens)))
    kept: list[str] = []
    past = False
    while reader.peek():
        at_start = not kept or kept[-1] in _STARTS
        if _at_greeting(reader, kept) or _at_farewell(reader):
            reader.take()
        elif at_start and _frame(reader):
            past = past or (reader.peek() in FORMS and _is_past(reader))
        elif (
            reader.match(_ANYWHERE)
            or _done(reader, at_start=at_start)
            or (not at_start and _afterwards(reader))
            or order_word(reader, kept, at_start=at_start)
        ):
            continue
        else:
            word = reader.take()
            kept.append(FORMS.get(word, word) if past and at_start else word)
    return kept


def _at_greeting(reader: TokenReader, kept: list[str]) -> bool:
    """Whether the instruction has not begun yet."""
    word = reader.peek()
    greets = word in framing.GREETINGS or (word == "there" and reader.peek(-1) in framing.GREETINGS)
    begins = not kept and (greets or word in (",", STOP))
    return begins or (not kept and _hesitates(reader))


def _hesitates(reader: TokenReader) -> bool:
    word = reader.peek()
    return word in ("so", "like") or (word in ("right", "now", "yes") and reader.peek(1) == ",")


def _at_farewell(reader: TokenReader) -> bool:
    """Whether a word that changes nothing ends the sentence: "... in the bowl ok"."""
    ends = reader.at_boundary(1) and reader.at > 0 and reader.peek(-1) not in small.DETERMINERS
    called = reader.peek(-1) in (",", "please", "thanks") and reader.peek() in framing.GREETINGS
    return ends and (reader.peek() in framing.FAREWELLS or called)


def _frame(reader: TokenReader) -> bool:
    """Read a frame with what it frames behind it."""
    title = reader.ahead(_TITLES)
    if title and reader.peek(len(title)) in (STOP, ","):
        reader.match(_TITLES)
        reader.take()
        return True
    gerund = reader.ahead(_GERUND_FRAMES)
    following = reader.peek(len(gerund))
    if gerund and following.endswith("ing") and following in FORMS:
        reader.match(_GERUND_FRAMES)
        return True
    told = reader.peek() in ("you", "do", "go") and (reader.peek(1),) in VERBS
    if told and reader.peek(1) not in _ALSO_PAST:
        reader.take()
        return True
    frame = reader.ahead(_FRAMES)
    if not frame or frame in VERBS or reader.at_boundary(len(frame)):
        return False
    reader.match(_FRAMES)
    return True


def _is_past(reader: TokenReader) -> bool:
    start = reader.at
    for length in range(1, 8):
        reader.at = start - length
        if reader.ahead(_WITH_PAST):
            reader.at = start
            return True
    reader.at = start
    return False


def _afterwards(reader: TokenReader) -> bool:
    """Read "after that" at the end of a clause: it follows what was said before it anyway."""
    said = reader.ahead(_AFTERWARDS)
    return bool(said) and reader.at_boundary(len(said)) and bool(reader.match(_AFTERWARDS))


def _done(reader: TokenReader, *, at_start: bool) -> bool:
    """Read that the step before is done: at the start of the next one, or at the very end."""
    done = reader.ahead(_DONE)
    if not done or reader.peek(len(done)) == "with":
        return False
    rest = [token for token in reader.tokens[reader.at + len(done) :] if token not in (",", STOP)]
    if not (at_start or not rest or reader.ahead(VERBS, len(done))):
        return False
    reader.match(_DONE)
    return True
