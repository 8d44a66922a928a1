"""Verbs where the cursor stands."""

from __future__ import annotations

from clap_baseline.language import small_words as small
from clap_baseline.language.framing_phrases import POLITENESS
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import FORMS, PARTICLES, VERBS, Verb

_ALSO_NOUNS = ("lower", "cap", "seal", "fit", "fix", "mount", "rest", "stand", "thread")
"""Verbs only where an article or a pronoun follows: "lower the mug", but "the lower drawer"."""


def read_verb(reader: TokenReader, any_form: bool = False) -> Verb | None:
    """Read a verb; with `any_form` participles and gerunds as well."""
    word, at = reader.peek(), reader.at
    if not word:
        return None
    if word.endswith("ing") or any_form:
        reader.tokens[at] = FORMS.get(word, word)
    match = reader.match(VERBS)
    reader.tokens[at] = word
    if len(match) == 1 and match[0] in _ALSO_NOUNS and not _names_follow(reader):
        reader.at = at
        return None
    return VERBS[match] if match else None


def _names_follow(reader: TokenReader) -> bool:
    return reader.peek() in small.DETERMINERS | small.PRONOUNS | small.ANY_WORDS | {"both"}


def read_particle(reader: TokenReader, verb: Verb) -> Verb:
    """Read a particle right behind a verb; the verb that they make together.

    "on", "in" and "over" are none where a name stands behind them that they could place at.
    """
    word = reader.peek()
    if (verb, word) not in PARTICLES:
        return verb
    if word == "out" and reader.peek(1) == "of":
        return verb
    lid = reader.peek(2) in ("lid", "cap") or reader.peek(1) in ("lid", "cap")
    if verb is Verb.SCREW and word == "on" and lid:
        is_particle = True
    elif word in ("in", "on", "over"):
        is_particle = not name_ahead(reader, 1)
    else:
        is_particle = word != "open" or not reader.at_boundary(1)
    return PARTICLES[verb, reader.take()] if is_particle else verb


def verb_ahead(reader: TokenReader) -> bool:
    """Whether a verb stands here."""
    start = reader.at
    found = read_verb(reader) is not None
    reader.at = start
    return found


def order_behind_comma(reader: TokenReader) -> bool:
    """Whether a new clause with a verb follows a comma."""
    if not reader.at_boundary() or not reader.peek():
        return False
    start = reader.at
    reader.take()
    while reader.match(POLITENESS):
        pass
    found = verb_ahead(reader)
    reader.at = start
    return found
