"""Noun phrases: determiners, numbers, which one, attributes, parts, relative clauses."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language import small_words as small
from clap_baseline.language.attributes import (
    BEYOND_SIGHT,
    CHOICES,
    COLOUR_SUFFIXES,
    COLOURS,
    MATERIALS,
    ORDINALS,
    SPELLINGS,
    STATES,
    TONES,
    WHICH_ONE,
    beyond_sight,
)
from clap_baseline.language.inflection import is_plural, singular
from clap_baseline.language.lookahead import noun_at, particle_ends_name, verb_ends_name
from clap_baseline.language.mentions import Mentions
from clap_baseline.language.name_checks import check_consistent
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.postmodifiers import PostmodifierParser
from clap_baseline.language.text import any_number, not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verbs import CLAUSE_STARTERS, PARTICLE_WORDS
from clap_core.errors import ClapError, ErrorCode

MAX_NAME_WORDS = 8
"""Words in the longest name of an object."""

_ALSO_PARTS = frozenset({"top", "bottom", "front", "back"})
_NOUNS_IN_EST = frozenset({"chest", "forest", "nest", "vest", "guest", "crest", "test"})
_PULLS = ("pull", "tug", "grab", "grasp")
_CONTAINERS = frozenset({"can", "box", "bottle", "jar", "bag", "pack", "packet", "carton", "tin"})


_SUMMED_UP = frozenset({"all", "both", "each"})
"""Behind names, of all of them: "the apple and the pear both go ..."."""


class NounParser:
    """Reads names where the cursor stands.

    Args:
        reader: the cursor, shared with whoever reads the rest.
        mentions: what was named before.

    Attributes:
        mentions: as given.
        role_noun: what "one" stands for where the names of this role stand.
        side: where ordinals are counted from when they do not say: "from the left, ...".
    """

    def __init__(self, reader: TokenReader, mentions: Mentions) -> None:
        self._reader = reader
        self.mentions = mentions
        self._after = PostmodifierParser(reader, mentions)
        self.role_noun = ""
        self.side = ""

    def name(self) -> ObjectPhrase:
        """One name.

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
        """
        reader = self._reader
        first = reader.peek()
        if first in ("it", "them", "itself") or (
            first in ("this", "that") and not noun_at(self._reader, 1)
        ):
            reader.take()
            return ObjectPhrase(said=first)
        phrase = self._quantity(ObjectPhrase(said=first))
        phrase = self._core(phrase)
        phrase = self._of(phrase)
        phrase = self._after.read(phrase)
        if reader.peek() == "of" and phrase.side and not phrase.words:
            phrase = self._after.read(self._of(phrase))  # "the first from the left of the mugs"
        if not phrase.words and not phrase.recalled:
            phrase = self._borrow_noun(phrase)
        phrase = self._check(phrase)
        if not phrase.lacks_noun:
            self.mentions.last_noun = singular(phrase.noun)
        return phrase

    def described(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """A name with what is said of it further on: "pick the mug up that is red"."""
        return self._check(self._after.read(phrase))

    def _check(self, phrase: ObjectPhrase) -> ObjectPhrase:
        check_consistent(phrase)
        if phrase.ordinal and not phrase.side:
            if not self.side:
                raise not_understood(
                    f"'{phrase.ordinal} {phrase.name}' does not say where to count from: "
                    f"say for example 'the {phrase.ordinal} {phrase.name} from the left'"
                )
            phrase = replace(phrase, side=self.side)
        if phrase.count is not None or phrase.quantifier in ("any", "both"):
            *front, last = phrase.words
            if phrase.said == "some" and is_plural(last):
                raise any_number(f"some {phrase.name}")
            phrase = replace(phrase, words=(*front, singular(last)))
        if phrase.quantifier == "other" and not phrase.other_than:
            phrase = replace(phrase, other_than=self.mentions.other_than(phrase))
        sockets = phrase.words[-2:-1] and phrase.words[-2] in knowledge().screws_into.values()
        part = phrase.words[-1:]
        if len(phrase.words) > 1 and (part == ("handle",) or (part == ("socket",) and sockets)):
            phrase = replace(phrase, words=phrase.words[:-1], part=phrase.words[-1])
        return phrase

    def _quantity(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """Determiners, numbers, ordinals and quantifiers, in whatever order."""
        reader = self._reader
        while reader.peek():
            word, after = reader.peek(), reader.peek(1)
            if (word, after) in (("each", "other"), ("one", "another")):
                raise reader.stumble()
            if word in small.NUMBERS and after != "times":
                phrase = replace(phrase, count=small.NUMBERS[word])
            elif word == "both":
                phrase = replace(phrase, quantifier="both", count=2)
            elif word in ("a", "an"):
                phrase = replace(phrase, quantifier=phrase.quantifier or "any")
            elif word in small.ANY_WORDS or (word == "one" and after == "of"):
                phrase = replace(phrase, quantifier="any")
                if after == "one":
                    reader.take()
            elif word in ("another", "other", "remaining"):
                phrase = replace(phrase, quantifier="other")
            elif word in small.ALL_WORDS:
                if not noun_at(self._reader, 1) and after not in ("of", "the"):
                    raise any_number(word)
                phrase = replace(phrase, quantifier="all", said=word)
            elif word in ORDINALS and (noun_at(self._reader, 1) or after in ("from", "of")):
                phrase = replace(phrase, ordinal=ORDINALS[word])
            elif word == "one" and noun_at(self._reader, 1):
                phrase = replace(phrase, quantifier=phrase.quantifier or "any")
            elif word not in small.DETERMINERS:
                break
            reader.take()
            several = phrase.quantifier or phrase.count
            if several and reader.peek() == "of" and reader.peek(1) in small.DETERMINERS:
                reader.take()
        return phrase

    def _core(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """Attributes and nouns; of "the mug's handle" the whole."""
        reader = self._reader
        start = reader.at
        while noun_at(self._reader) and reader.at - start < MAX_NAME_WORDS:
            ends = reader.peek() in CLAUSE_STARTERS or particle_ends_name(reader)
            if phrase.words and (ends or verb_ends_name(reader) or reader.peek() in _SUMMED_UP):
                break
            if phrase.words and reader.peek() in CHOICES and reader.peek() not in _ALSO_PARTS:
                break
            known = self._known_name()
            if known:
                phrase = replace(phrase, words=(*phrase.words, *known))
                continue
            word = reader.take()
            owned = word.endswith("'s")
            phrase = self._word(phrase, word.removesuffix("'s"))
            if owned:
                return self._owner(phrase)
        return phrase

    def _known_name(self) -> tuple[str, ...]:
        """Another name of a thing that stands here, read as the thing's own name."""
        if self._reader.peek() in TONES and self._reader.peek(1) in COLOURS:
            return ()
        others = knowledge().other_names
        start = self._reader.at
        found = self._reader.match(others)
        following = self._reader.peek()
        if found and noun_at(self._reader) and following not in knowledge().parts | PARTICLE_WORDS:
            self._reader.at = start  # "square" in "square box"
            return ()
        return others[found] if found else ()

    def _word(self, phrase: ObjectPhrase, word: str) -> ObjectPhrase:
        reader = self._reader
        parts = word.split("-")
        if len(parts) > 1 and parts[-1] in COLOUR_SUFFIXES:
            word = parts[0]
        superlative = word.endswith("est") and word not in CHOICES and word not in _NOUNS_IN_EST
        made_of = word in MATERIALS and noun_at(reader)
        if word in BEYOND_SIGHT or made_of or superlative or word.startswith("non-"):
            raise beyond_sight(word)
        if word in COLOUR_SUFFIXES and phrase.words:
            return phrase
        if word in small.PLACEHOLDERS:
            if phrase.said == "another" and not phrase.words:
                phrase = replace(phrase, words=self.mentions.attributes(self.role_noun))
            noun = self.mentions.noun_for(phrase.words, self.role_noun)
            if not noun:
                if self._reader.peek() in ("of", "you", "that") or phrase.words:
                    return phrase
                raise not_understood(f"nothing was named that '{word}' could stand for")
            return phrase.with_noun(noun)
        if word in STATES and (noun_at(self._reader) or reader.peek() in small.PLACEHOLDERS):
            return replace(phrase, state=STATES[word])
        if word in ("other", "remaining") and not phrase.words:
            return replace(phrase, quantifier="other")
        if word in small.NUMBERS and phrase.count is None and not phrase.words:
            return replace(phrase, count=small.NUMBERS[word])
        if word in CHOICES and (noun_at(self._reader) or self._chooses(word)):
            return replace(phrase, choices=(*phrase.choices, CHOICES[word]))
        if word in COLOURS and phrase.words and not phrase.lacks_noun:
            return replace(phrase, words=(SPELLINGS.get(word, word), *phrase.words))
        if word in TONES and reader.peek() in COLOURS:
            return replace(phrase, words=(*phrase.words, TONES[word]))
        return replace(phrase, words=(*phrase.words, SPELLINGS.get(word, word)))

    def _chooses(self, word: str) -> bool:
        """Whether a last word is no noun: "the top one", "the largest of the bowls"."""
        following = self._reader.peek()
        return (
            following in small.PLACEHOLDERS
            or word not in ("top", "bottom", "front", "back")
            or (following != "of")
        )

    def _owner(self, owner: ObjectPhrase) -> ObjectPhrase:
        """What is owned by what was read: "the safe's bottom shelf"."""
        part = self._core(ObjectPhrase())
        if not part.words and not part.choices:
            raise self._reader.stumble("there should be the name of a part")
        words = " ".join((*part.choices, *part.words))
        if part.words and part.words[-1] not in knowledge().parts | {"side"}:
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"whose {words} it is ('{owner.name}'s') cannot be seen",
                WHICH_ONE,
            )
        return replace(owner, part=words)

    def _handle_on(self, phrase: ObjectPhrase) -> bool:
        """Whether "on" says whose handle is pulled: "pull the handle on the top drawer"."""
        reader = self._reader
        pulled = reader.peek(-3) in _PULLS and reader.peek(-2) == "the"
        is_handle = phrase.words in (("handle",), ("knob",))
        return pulled and is_handle and reader.peek() == "on" and reader.peek(1) == "the"

    def _of(self, phrase: ObjectPhrase) -> ObjectPhrase:
        reader = self._reader
        if reader.peek() != "of" and not self._handle_on(phrase):
            return phrase
        colour = reader.peek(1) in COLOURS and reader.peek(2) in COLOUR_SUFFIXES
        reader.take()
        if colour:
            word = reader.take()
            reader.take()
            return replace(phrase, words=(SPELLINGS.get(word, word), *phrase.words))
        whole = self.name()
        if whole.is_pronoun:
            whole = self.mentions.resolve(whole)
        if not phrase.words and whole.count is None and singular(whole.head) == whole.head:
            # "the middle of the table"
            return replace(whole, part=" ".join(phrase.choices), said=phrase.said)
        if not phrase.words:
            # "the largest of the bowls", "one of the red mugs"
            *front, last = whole.words
            return replace(phrase, words=(*front, singular(last)))
        if phrase.lacks_noun:
            return phrase.with_noun(singular(whole.noun))  # "the blue one of the buttons"
        if phrase.noun == whole.noun and not set(whole.words) - set(phrase.words):
            return phrase  # "the burgundy one of the mugs"
        if phrase.head in knowledge().parts:
            words = " ".join((*phrase.choices, *phrase.words))
            return replace(whole, part=words, said=phrase.said, state=phrase.state)
        if phrase.head in _CONTAINERS:
            return replace(phrase, words=(*phrase.words[:-1], *whole.words, phrase.head))
        if phrase.words == ("pair",):
            return replace(whole, said=phrase.said)
        return replace(phrase, words=(*phrase.words, "of", *whole.words))

    def _borrow_noun(self, phrase: ObjectPhrase) -> ObjectPhrase:
        """A noun for "the other", or an error."""
        noun = self.mentions.noun_for((), self.role_noun)
        if phrase.quantifier == "other" and noun:
            return phrase.with_noun(noun)
        if phrase.choices or phrase.ordinal:
            words = " ".join((phrase.ordinal, *phrase.choices)).strip()
            raise not_understood(f"'{words}' lacks the name of a thing")
        if phrase.said in small.ALL_WORDS:
            raise any_number(phrase.said)
        raise self._reader.stumble("there should be the name of an object")
