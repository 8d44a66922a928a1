"""Names that are listed: "the red and the blue button"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clap_baseline.language import small_words as small
from clap_baseline.language.inflection import is_plural, singular
from clap_baseline.language.lookahead import name_is_certain, noun_at
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import order_behind_comma, verb_ahead
from clap_core.errors import ClapError

_JOINS = (*small.CONNECTIVES, (",",), ("followed", "by"))


def read_names(reader: TokenReader, nouns: NounParser) -> tuple[ObjectPhrase, ...]:
    """Read one name or several: less the last one, where it starts a statement of its own.

    Raises:
        ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
    """
    return _read(reader, nouns, _is_subject)


def read_subjects(reader: TokenReader, nouns: NounParser) -> tuple[ObjectPhrase, ...]:
    """Read the names that a statement is about: "the red and the blue mug (should be ...)".

    Raises:
        ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
    """
    return _read(reader, nouns, lambda _: False)


def _read(
    reader: TokenReader, nouns: NounParser, starts_own_clause: Callable[[TokenReader], bool]
) -> tuple[ObjectPhrase, ...]:
    names = [nouns.name()]
    one_by_one = False
    while reader.peek() in (",", "and", "then", "followed") and not names[-1].is_pronoun:
        start = reader.at
        then = False
        while reader.peek() and reader.ahead(_JOINS):
            then = {"then", "followed"} & {*reader.match(_JOINS)} != set() or then
        comma = reader.tokens[start : reader.at] == [","]
        starts_a_clause = verb_ahead(reader) and reader.peek() not in small.DETERMINERS
        certain = name_is_certain(reader)
        terse = names[-1].said not in small.DETERMINERS and noun_at(reader)
        if not (certain or terse) or starts_a_clause:
            reader.at = start
            break
        try:
            name = nouns.name()
        except ClapError:
            reader.at = start
            break
        if not certain and not reader.ahead(small.RELATIONS):
            reader.at = start
            break
        if comma and names[0].count is not None and name.noun == names[0].noun:
            reader.at = start  # "two buttons, the red one ...": the same ones, told apart
            break
        if comma and _is_apposition(names, name, reader):
            return (name,)
        if comma and len(names) == 1 and _is_one_of(names[0], name):
            names = [name]
            continue
        if starts_own_clause(reader):
            reader.at = start
            break
        names.append(name)
        one_by_one = one_by_one or then
    return _lend_nouns(names, one_by_one)


def _is_subject(reader: TokenReader) -> bool:
    """Whether the name that ends here is what the next clause is about."""
    order = reader.peek() == "," and order_behind_comma(reader)
    return order or bool(reader.ahead(small.BECOMES))


def _is_one_of(several: ObjectPhrase, name: ObjectPhrase) -> bool:
    """Whether "the red one" is one of "the buttons"."""
    plural = several.is_bare and is_plural(several.head) and not is_plural(name.head)
    return plural and singular(several.noun) == singular(name.noun)


def _is_apposition(names: list[ObjectPhrase], name: ObjectPhrase, reader: TokenReader) -> bool:
    """Whether "the red one" says which mug, in "the mug, the red one"."""
    first = names[0]
    stands_for = reader.peek(-1) in small.PLACEHOLDERS and first.noun == name.noun
    return len(names) == 1 and first.is_bare and not first.quantifier and stands_for


def _lend_nouns(names: list[ObjectPhrase], one_by_one: bool) -> tuple[ObjectPhrase, ...]:
    """In "the red and the blue button" the red one is a button too.

    Args:
        names: as they were said.
        one_by_one: "red, then blue" is said of two things for certain.
    """
    if len(names) > 1 and names[0].quantifier == "both":
        names[0] = replace(names[0], quantifier="", count=None)
    lacking = [name.lacks_noun for name in names]
    if not any(lacking) or lacking[-1] or names[-1].is_pronoun:
        return tuple(names)
    last = names[-1]
    noun, several = singular(last.noun), singular(last.noun) != last.noun
    if last.said not in small.DETERMINERS and not several and not one_by_one:
        colours = " and ".join(name.name for name in names[:-1])
        raise not_understood(
            f"'{colours} and {last.name}' is one thing of several colours, or several "
            f"things: name one of its colours, or say 'the {names[0].name} {noun} and the "
            f"{last.name}'"
        )
    names[-1] = replace(
        last, words=(*last.words[: len(last.words) - len(noun.split())], *noun.split())
    )
    return tuple(
        name.with_noun(noun) if lacks else name for name, lacks in zip(names, lacking, strict=True)
    )
