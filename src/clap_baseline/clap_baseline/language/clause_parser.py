"""Clauses: orders, wishes and statements of what should be, each read into commands::

clause      := [times] (order | wish | statement | placed | topic)
order       := verb [particle] names rest
wish        := "I want" name ["to be"] state
statement   := names "should be" state  |  names relation name
placed      := relation name "," order
topic       := name ","
state       := participle rest | "open" | "closed" | relation name
rest        := [particle] [source name] [relation name] ["with" name] [result] [times]
"""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.language import small_words as small
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.lookahead import name_ahead, name_is_certain
from clap_baseline.language.name_list import read_names, read_subjects
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.order_parser import OrderParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.quantities import read_times
from clap_baseline.language.repetition import (
    of_one_kind,
    refuse_two_places,
    refuse_which,
)
from clap_baseline.language.repetition_parser import RepetitionParser
from clap_baseline.language.rest_parser import RestParser
from clap_baseline.language.rest_phrases import WITHOUT_LIFTING
from clap_baseline.language.settling import resolved, settled
from clap_baseline.language.statement_parser import StatementParser
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.tool_parser import ToolParser
from clap_baseline.language.topic_parser import TopicParser
from clap_baseline.language.tower_parser import TowerParser
from clap_baseline.language.verb_reader import order_behind_comma, read_verb, verb_ahead
from clap_baseline.language.verbs import STATE_VERBS, Verb
from clap_baseline.language.wishes import refuse_declined, settle_state, wish_ahead

_ASKS = ("could", "can", "would", "may")


class ClauseParser:
    """Reads one clause after the other.

    Args:
        reader: the cursor.
        nouns: reads names.

    Attributes:
        repeated: reads clauses without a verb of their own.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._towers = TowerParser(reader, nouns)
        self._orders = OrderParser(reader, nouns)
        self._rest = RestParser(reader, nouns)
        self._statements = StatementParser(reader, nouns)
        self._topics = TopicParser(reader, nouns)
        self._tools = ToolParser(reader, nouns, self.clause, self._order)
        self.repeated = RepetitionParser(reader, nouns, self.clause)

    def clause(self, previous: SpokenCommand | None) -> list[SpokenCommand]:
        """The commands of the clause that starts here; none for a mere topic.

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
        """
        self._mentions.previous = previous
        self._nouns.role_noun = previous.objects[0].noun if previous and previous.objects else ""
        if self._reader.peek() in _ASKS and name_is_certain(self._reader, 1):
            self._reader.take()
        self._count_from_side()
        times = self._times()
        commands = self._any_clause(previous)
        self._nouns.side = ""
        times = max(times, self._times())
        return [replace(each, times=max(each.times, times)) for each in commands]

    def _any_clause(self, previous: SpokenCommand | None) -> list[SpokenCommand]:
        reader = self._reader
        if self._topics.sought():
            return []
        if reader.match(WITHOUT_LIFTING):
            return self._pushed()
        refuse_declined(reader)
        tower = self._towers.tower()
        if tower is not None:
            return [settled(tower, self._mentions)]
        if reader.ahead(small.WITH) and name_ahead(reader, len(reader.ahead(small.WITH))):
            return self._tools.tool_first()
        if reader.peek() == "give" and name_ahead(reader, 1):
            return self._orders.give()
        if wish_ahead(reader):
            reader.match(small.WISHES)
            settle_state(reader)
            return self._statements.statement(read_names(reader, self._nouns))
        verb = read_verb(reader)
        if verb is not None:
            return self._order(verb)
        placed = self._tools.placed_first()
        if placed is not None:
            return placed
        if not name_ahead(reader):
            raise reader.stumble()
        return self._nominal(previous)

    def _pushed(self) -> list[SpokenCommand]:
        """What "without lifting it" is followed by: pushing, and nothing that lifts."""
        reader = self._reader
        if reader.peek() == ",":
            reader.take()
        commands = self.clause(None)
        if any(command.verb is not Verb.PUSH for command in commands):
            raise not_understood("'without lifting' fits only what is pushed")
        return commands

    def subordinate(self, main: SpokenCommand | None) -> list[SpokenCommand]:
        """What "before" and "after" are followed by: "you open it", "opening it", "it is open"."""
        reader = self._reader
        if reader.peek() == "you":
            reader.take()
        if reader.peek() == "have":
            reader.take()
        verb = read_verb(reader, any_form=True)
        if verb is not None:
            return self._order(verb)
        if not name_ahead(reader):
            raise reader.stumble()
        return self._nominal(main, comes_true=True)

    def which(self, name: ObjectPhrase) -> list[SpokenCommand]:
        """ "..., which goes on the pad": said of what was named last."""
        return self._statements.statement((name,))

    def _count_from_side(self) -> None:
        """Read "counting from the left,"."""
        reader = self._reader
        start = reader.at
        if reader.peek() == "counting":
            reader.take()
        if reader.match([("from", "the"), ("from",)]) and reader.peek() in ("left", "right"):
            self._nouns.side = reader.take()
            reader.match([("side",), ("hand", "side")])
            if reader.peek() == ",":
                reader.take()
                return
            self._nouns.side = ""
        reader.at = start

    def _times(self) -> int:
        count = read_times(self._reader)
        if count and self._reader.peek() == ",":
            self._reader.take()
        return max(count, 1)

    def _order(self, verb: Verb) -> list[SpokenCommand]:
        return self._tools.use() if verb is Verb.USE else self._orders.order(verb)

    def _nominal(
        self, previous: SpokenCommand | None, comes_true: bool = False
    ) -> list[SpokenCommand]:
        """A clause that starts with a name; of `comes_true`, what is so has to become so."""
        reader = self._reader
        start, certain = reader.at, name_is_certain(reader)
        names = read_subjects(reader, self._nouns)
        if len(names) > 1 and previous is not None and reader.ahead(small.BECOMES):
            reader.at = start
            names = read_names(reader, self._nouns)
        if reader.match(small.IS_WHERE):
            reader.at = start
            return self._statements.is_where()
        if not comes_true and self._topics.described(names):
            return []
        is_so = comes_true and reader.ahead(small.IS_NOW)
        if reader.ahead(small.BECOMES) or reader.peek() in ("both",) or is_so:
            return self._statements.statement(names)
        if certain and reader.peek() == "up" and reader.at_boundary(1):
            reader.take()
            return [settled(SpokenCommand(Verb.PICK, names), self._mentions)]
        if reader.peek() in STATE_VERBS and reader.peek() != "down":
            return self._statements.statement(names)
        if previous is not None and not order_behind_comma(reader):
            if reader.at_boundary() and reader.tokens[start - 1] == "and":
                refuse_two_places(previous, names, reader.tokens[start - 2])
            if reader.tokens[start - 1] == "," and self._is_vague(previous, names):
                refuse_which(previous, names[0])
            reader.at = start
            return self.repeated.repetition(previous)
        if reader.ahead(small.RELATIONS):
            return [self._rest.complete(SpokenCommand(Verb.PLACE, names))]
        if not (order_behind_comma(reader) or verb_ahead(reader)):
            word = f" at the word '{reader.peek()}'" if reader.peek() else ""
            raise not_understood(
                f"'{reader.tokens[start]} ...' was not understood{word}: what should be done?"
            )
        for name in names:
            self._mentions.add_topic(resolved(name, self._mentions))
        return []

    def _is_vague(self, previous: SpokenCommand, names: tuple[ObjectPhrase, ...]) -> bool:
        """Whether names behind a comma may be more things, or say which ones are meant."""
        one = self._reader.peek(-1) in small.PLACEHOLDERS and self._reader.at_boundary()
        things = previous.objects
        return one or (
            bool(things) and things[0].quantifier == "any" and of_one_kind(previous, names)
        )
