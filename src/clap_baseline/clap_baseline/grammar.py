"""A small grammar of instructions: text in, commands out.

Recursive descent with longest-match tables, over the words of `vocabulary`::

    instruction := clause (connective clause)*
    clause      := [verb [particle]] names [particle] [placing] | verb "to" clause
    names       := name ((","|"and") name)*
    placing     := relation name [relation compartment]  |  source name  |  "by" part
    name        := [determiner] [number|"any"] adjective* noun* ["of" name]

A clause without verb repeats the last one's ("..., then the cylinder and then the moon").
The grammar knows nothing of hands and plans; `clap_baseline.planner` gives commands their
meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from clap_baseline import vocabulary as words
from clap_baseline.vocabulary import Phrase, Verb
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Relation

MAX_LENGTH = 1000
"""Characters of the longest instruction that is read."""

MAX_NAME_WORDS = 8
"""Words in the longest name of an object."""

_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[,;.:!?]")
_STOPS = frozenset(";.:!?")


@dataclass(frozen=True)
class Name:
    """A noun phrase.

    Attributes:
        text: canonical words without article, e.g. ``red mug``; empty for a pronoun.
        part: part of it that was named, e.g. ``handle``.
        count: how many, when a number was said.
        word: the first word as it was said, for messages.
    """

    text: str
    part: str = ""
    count: int | None = None
    word: str = ""

    @property
    def is_pronoun(self) -> bool:
        """Whether it stands for something said before."""
        return not self.text


@dataclass(frozen=True)
class Command:
    """One clause: a verb with its objects and where they go."""

    verb: Verb
    objects: tuple[Name, ...] = ()
    relation: Relation = Relation.NONE
    reference: Name | None = None


def parse(instruction: str) -> tuple[Command, ...]:
    """Parse an instruction.

    Raises:
        ClapError: EMPTY_INSTRUCTION, NOT_UNDERSTOOD (naming the word), IMPOSSIBLE.
    """
    text = unicodedata.normalize("NFKC", instruction).replace("\u2019", "'").lower()
    tokens = _TOKEN.findall(text[:MAX_LENGTH])
    if not any(token not in _STOPS and token != "," for token in tokens):
        raise ClapError(
            ErrorCode.EMPTY_INSTRUCTION,
            "the instruction has no words",
            words.WHAT_CAN_BE_SAID,
        )
    if len(text) > MAX_LENGTH:
        raise not_understood(f"the instruction is longer than {MAX_LENGTH} characters")
    return _Parser(_without_fillers(tokens)).instruction()


def not_understood(reason: str) -> ClapError:
    """A NOT_UNDERSTOOD error that lists what can be said."""
    return ClapError(ErrorCode.NOT_UNDERSTOOD, reason, words.WHAT_CAN_BE_SAID)


def _without_fillers(tokens: list[str]) -> list[str]:
    kept: list[str] = []
    position = 0
    while position < len(tokens):
        lengths = [
            len(filler)
            for filler in words.FILLERS
            if tuple(tokens[position : position + len(filler)]) == filler
        ]
        if lengths:
            position += max(lengths)
        elif not kept and (tokens[position] in words.GREETINGS or tokens[position] == ","):
            position += 1
        else:
            kept.append("," if tokens[position] in _STOPS else tokens[position])
            position += 1
    return kept


class _Parser:
    """One pass over the tokens; each method reads one rule and moves `_at` behind it."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._last_noun = ""
        self._reference_noun = ""

    def instruction(self) -> tuple[Command, ...]:
        commands: list[Command] = []
        self._skip_connectives()
        while self._peek():
            previous = commands[-1] if commands else None
            self._remember(previous)
            commands.extend(self._clause(previous))
            if self._peek() and not self._skip_connectives() and not self._verb_ahead():
                raise self._stumble()
        if not commands:
            raise not_understood("the instruction names nothing to do")
        return tuple(commands)

    def _remember(self, previous: Command | None) -> None:
        """In a further clause "one" stands for a thing in the same place of the one before."""
        if previous is not None and previous.objects and previous.objects[0].text:
            self._last_noun = _noun(previous.objects[0])
        reference = previous.reference if previous is not None else None
        self._reference_noun = _noun(reference) if reference is not None else ""

    # clauses

    def _clause(self, previous: Command | None) -> list[Command]:
        self._decline()
        verb = self._verb()
        if verb is None:
            if previous is None or not self._name_ahead():
                raise self._stumble()
            return [self._repetition(previous)]
        if verb is Verb.USE:
            return self._use()
        if (verb, self._peek()) in words.PARTICLES:
            verb = words.PARTICLES[verb, self._peek()]
            self._at += 1
        if verb is Verb.RELEASE and not self._peek_is_name():
            return [Command(verb)]
        shared = self._shared_object(verb)
        if shared:
            return shared
        command = Command(verb, self._names())
        return [self._rest(replace(command, verb=self._particle(command.verb)))]

    def _decline(self) -> None:
        """Raise when a clause starts that the robot cannot do; read nothing."""
        start = self._at
        wish = " ".join(self._tokens[start : start + 4])
        verb = self._match(words.VERBS)
        self._at = start
        declined = self._match(words.IMPOSSIBLE)
        self._at = start
        if len(declined) > len(verb):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the robot cannot '{wish}': {words.IMPOSSIBLE[declined]}",
                words.WHAT_CAN_BE_SAID,
            )

    def _rest(self, command: Command) -> Command:
        """What follows the objects: parts, sources and placings."""
        command = self._by_part(command)
        if self._match(words.SOURCES):
            self._name()
            command = self._by_part(replace(command, verb=self._particle(command.verb)))
        relation = self._relation()
        if relation is Relation.NONE:
            return command
        if command.verb is Verb.RELEASE:
            command = replace(command, verb=Verb.PLACE)
        self._last_noun = self._reference_noun or self._last_noun
        reference = self._name()
        compartment = self._compartment()
        if compartment is not None:
            reference = replace(reference, text=f"{compartment.text} of {reference.text}")
        return replace(command, relation=relation, reference=reference)

    def _repetition(self, previous: Command) -> Command:
        command = self._rest(Command(previous.verb, self._names()))
        if command.relation is Relation.NONE:
            return replace(command, relation=previous.relation, reference=previous.reference)
        return command

    def _use(self) -> list[Command]:
        tool = self._name()
        if self._peek() != "to":
            raise self._stumble("use it to do what?")
        self._at += 1
        return [Command(Verb.USE, (tool,)), *self._clause(None)]

    def _shared_object(self, verb: Verb) -> list[Command]:
        """Two verbs with one object: "pick up and set down the white block"."""
        start = self._at
        if self._peek() == "and":
            self._at += 1
            if self._verb_ahead():
                rest = self._clause(None)
                return [Command(verb, rest[0].objects), *rest]
        self._at = start
        return []

    # names

    def _names(self) -> tuple[Name, ...]:
        names = [self._name()]
        while self._peek() in (",", "and"):
            start = self._at
            self._skip_connectives()
            if self._tokens[start : self._at].count("then") or not self._name_ahead():
                self._at = start
                break
            if self._verb_ahead():
                self._at = start
                break
            names.append(self._name())
        return tuple(self._lend_nouns(names))

    def _lend_nouns(self, names: list[Name]) -> list[Name]:
        """In "the red and the blue button" the red one is a button too."""
        lacking = [_is_only_adjectives(name.text) for name in names]
        if not any(lacking) or lacking[-1] or names[-1].is_pronoun:
            return names
        *adjectives, noun = names[-1].text.split()
        bare = names[-1].word not in words.DETERMINERS
        if bare and singular(noun) == noun:
            colours = " and ".join(name.text for name in names[:-1])
            raise not_understood(
                f"'{colours} and {names[-1].text}' is one thing of several colours, or several "
                f"things: name one of its colours, or say 'the {names[0].text} {noun} and the "
                f"{names[-1].text}'"
            )
        noun = singular(noun)
        names[-1] = replace(names[-1], text=" ".join([*adjectives, noun]))
        return [
            replace(name, text=f"{name.text} {noun}") if lacks else name
            for name, lacks in zip(names, lacking, strict=True)
        ]

    def _name(self) -> Name:
        first = self._peek()
        if first in ("it", "them") or (first in words.PRONOUNS and not self._noun_at(self._at + 1)):
            self._at += 1
            return Name("", word=first)
        if first in words.ALL_WORDS:
            raise not_understood(f"'{first}' could be any number of things: name them one by one")
        count, quantifier = self._quantity()
        if self._peek() in words.ALL_WORDS:
            raise self._stumble()
        core = self._core()
        part = ""
        if core[-1] == "'s":
            # "the mug's handle": the owner is the object.
            owner, core = core[:-1], self._core()
            part, core = " ".join(core), owner
        elif self._peek() == "of":
            self._at += 1
            whole = self._name()
            if whole.is_pronoun:
                raise not_understood(f"say what '{whole.word}' is, where it has a part")
            if core[-1] in words.PARTS:
                part, core = " ".join(core), whole.text.split()
                count, quantifier = whole.count, ""
            else:
                core = [*core, "of", *whole.text.split()]
        elif len(core) > 1 and core[-1] == "handle":
            # "the mug handle" is the mug's.
            part, core = core[-1], core[:-1]
        if count is not None:
            core[-1] = singular(core[-1])
        self._last_noun = core[-1]
        return Name(" ".join([quantifier, *core]).strip(), part, count, first)

    def _quantity(self) -> tuple[int | None, str]:
        """Determiners, numbers and "any", in whatever order: (count, "any" or "")."""
        count: int | None = None
        quantifier = ""
        while self._peek():
            word = self._peek()
            if word in words.NUMBERS:
                count = words.NUMBERS[word]
            elif word in words.ANY_WORDS or (word == "one" and self._peek(1) == "of"):
                quantifier = "any"
                if self._peek(1) == "of":
                    self._at += 1
            elif word == "another":
                quantifier = "other"
            elif word not in words.DETERMINERS and not (
                word == "one" and self._noun_at(self._at + 1)
            ):
                break
            self._at += 1
        return count, quantifier

    def _core(self) -> list[str]:
        """Adjectives and nouns, canonical; a final ``'s`` is kept as a word of its own."""
        core: list[str] = []
        while self._noun_at(self._at) and len(core) < MAX_NAME_WORDS:
            word = self._tokens[self._at]
            if core and word in words.CLAUSE_STARTERS:
                break
            if core and self._ends_in_particle():
                break
            self._at += 1
            owned = word.endswith("'s")
            word = word[:-2] if owned else word
            if word in words.EMPTY_ADJECTIVES:
                continue
            if word in words.PLACEHOLDERS:
                if not self._last_noun:
                    raise not_understood(f"nothing was named that '{word}' could stand for")
                word = self._last_noun
            core.extend(words.SYNONYMS.get(w, w) for w in _split_colour(word))
            if owned:
                return [*core, "'s"]
        if not core:
            raise self._stumble("there should be the name of an object")
        return core

    # small words

    def _verb(self) -> Verb | None:
        match = self._match(words.VERBS)
        return words.VERBS[match] if match else None

    def _particle(self, verb: Verb) -> Verb:
        known = words.PARTICLES.get((verb, self._peek()))
        # "push the block in the box" places; "push the drawer in" shuts.
        if known is None or (self._peek() in ("in", "on", "over") and self._placing_at(self._at)):
            return verb
        self._at += 1
        return known

    def _placing_at(self, position: int) -> bool:
        """Whether the preposition at `position` has a name behind it."""
        following = self._tokens[position + 1 : position + 2]
        return bool(following) and (
            following[0] in words.DETERMINERS | words.PRONOUNS or self._noun_at(position + 1)
        )

    def _relation(self) -> Relation:
        match = self._match(words.RELATIONS)
        if not match:
            return Relation.NONE
        if not self._peek():
            raise not_understood(f"'{' '.join(match)}' needs the name of an object behind it")
        return words.RELATIONS[match]

    def _compartment(self) -> Name | None:
        start = self._at
        if self._relation() is not Relation.NONE:
            name = self._name()
            if name.text and name.text.split()[-1] in words.COMPARTMENTS:
                return name
        self._at = start
        return None

    def _by_part(self, command: Command) -> Command:
        """Read "by the handle"; any other "by" is left for the relation."""
        start = self._at
        if self._peek() == "by" and command.objects:
            self._at += 1
            if self._peek_is_name():
                name = self._name()
                if name.text and not name.part and name.text.split()[-1] in words.PARTS:
                    last = replace(command.objects[-1], part=name.text)
                    return replace(command, objects=(*command.objects[:-1], last))
        self._at = start
        return command

    def _skip_connectives(self) -> bool:
        start = self._at
        while self._match(words.CONNECTIVES):
            pass
        return self._at > start

    # looking ahead

    def _peek(self, offset: int = 0) -> str:
        position = self._at + offset
        return self._tokens[position] if position < len(self._tokens) else ""

    def _match(self, table: Iterable[Phrase]) -> Phrase:
        """The longest phrase of a table that stands here, read; () if none."""
        rest = tuple(self._tokens[self._at : self._at + 6])
        best: Phrase = max(
            (phrase for phrase in table if rest[: len(phrase)] == phrase),
            key=len,
            default=(),
        )
        self._at += len(best)
        return best

    def _verb_ahead(self) -> bool:
        start = self._at
        found = self._verb() is not None
        self._at = start
        return found

    def _peek_is_name(self) -> bool:
        return self._peek() in words.DETERMINERS | words.PRONOUNS or self._noun_at(self._at)

    def _name_ahead(self) -> bool:
        """Whether a name starts here beyond doubt: an article, a number, an adjective."""
        word = self._peek()
        return word in words.DETERMINERS | words.ADJECTIVES | words.ANY_WORDS or (
            word in words.NUMBERS or words.SYNONYMS.get(word) in words.ADJECTIVES
        )

    def _noun_at(self, position: int) -> bool:
        """Whether the word may be part of a name: no small word, no start of a placing."""
        if position >= len(self._tokens):
            return False
        word = self._tokens[position]
        if word in words.NOT_IN_NAMES or word in ("and", ",", "then") or word in words.PRONOUNS:
            return False
        rest = tuple(self._tokens[position : position + 6])
        tables = (*words.RELATIONS, *words.SOURCES, *words.CONNECTIVES)
        return not any(rest[: len(phrase)] == phrase for phrase in tables)

    def _ends_in_particle(self) -> bool:
        """Whether this word is a particle behind a name ("put the mug down")."""
        if self._peek() not in {particle for _, particle in words.PARTICLES}:
            return False
        following = self._peek(1)
        return not following or following in (",", "and", "then") or not self._noun_at(self._at + 1)

    # errors

    def _stumble(self, hint: str = "") -> ClapError:
        word = self._peek() or (self._tokens[-1] if self._tokens else "")
        where = f"at the word '{word}'" if self._peek() else f"after the word '{word}'"
        return not_understood(
            f"the instruction was not understood {where}" + (f": {hint}" if hint else "")
        )


def _noun(name: Name) -> str:
    return name.text.split(" of ")[0].split()[-1] if name.text else ""


def _split_colour(word: str) -> list[str]:
    """Make "red-coloured" red; other hyphens stay."""
    parts = word.split("-")
    if len(parts) > 1 and parts[-1] in words.EMPTY_ADJECTIVES:
        return parts[:-1]
    return [word]


def _is_only_adjectives(name: str) -> bool:
    return bool(name) and all(word in words.ADJECTIVES for word in name.split())


def singular(noun: str) -> str:
    """The singular of a regular English noun."""
    if noun in words.IRREGULAR_PLURALS:
        return words.IRREGULAR_PLURALS[noun]
    if len(noun) < 4 or not noun.endswith("s") or noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("xes", "ches", "shes", "sses", "zes")):
        return noun[:-2]
    return noun[:-1]
