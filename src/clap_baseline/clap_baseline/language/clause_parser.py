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
from clap_baseline.language.command import Command
from clap_baseline.language.inflection import is_plural
from clap_baseline.language.lookahead import name_ahead, name_is_certain
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.order_parser import OrderParser
from clap_baseline.language.own_hand import is_own_hand
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.quantities import read_times
from clap_baseline.language.rest_parser import WITHOUT_LIFTING, RestParser
from clap_baseline.language.settling import resolved, settled
from clap_baseline.language.place_parser import PlaceParser, beside
from clap_baseline.language.repetition import of_one_kind, refuse_two_places, refuse_which, told_apart
from clap_baseline.language.statement_parser import StatementParser, on_or_in
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.topic_parser import TopicParser
from clap_baseline.language.tower_parser import TowerParser
from clap_baseline.language.verb_reader import order_behind_comma, read_verb, verb_ahead
from clap_baseline.language.verbs import DECLINED, STATE_VERBS, VERBS, Verb
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Relation

_SETTLES = ("fall", "drop", "stand", "rest", "sit", "lie", "stay", "go", "land", "come", "move", "remain")
_WANTED = (("i", "want"), ("i", "would", "like"), ("we", "want"), ("i", "need"))
_PLACES_OF = small.phrases(
    "place for, spot for, base for, support for, target for, destination for, home for, resting "
    "place for, bed for, stand for"
)
_ASKS = ("could", "can", "would", "may")


class ClauseParser:
    """Reads one clause after the other.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._towers = TowerParser(reader, nouns)
        self._orders = OrderParser(reader, nouns)
        self._rest = RestParser(reader, nouns)
        self._statements = StatementParser(reader, nouns)
        self._places = PlaceParser(reader, nouns)
        self._topics = TopicParser(reader, nouns)

    def clause(self, previous: Command | None) -> list[Command]:
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

    def _any_clause(self, previous: Command | None) -> list[Command]:
        reader = self._reader
        if self._topics.sought():
            return []
        if reader.match(WITHOUT_LIFTING):
            return self._pushed()
        self._decline()
        tower = self._towers.tower()
        if tower is not None:
            return [settled(tower, self._mentions)]
        if reader.ahead(small.WITH) and name_ahead(reader, len(reader.ahead(small.WITH))):
            return self._tool_first()
        if reader.peek() == "give" and name_ahead(reader, 1):
            return self._orders.give()
        if reader.ahead(small.WISHES) and self._is_wish():
            reader.match(small.WISHES)
            self._settle_state()
            return self._statements.statement(read_names(reader, self._nouns))
        verb = read_verb(reader)
        if verb is not None:
            return self._order(verb)
        placed = self._placed_first()
        if placed is not None:
            return placed
        if not name_ahead(reader):
            raise reader.stumble()
        return self._nominal(previous)

    def _pushed(self) -> list[Command]:
        """What "without lifting it" is followed by: pushing, and nothing that lifts."""
        reader = self._reader
        if reader.peek() == ",":
            reader.take()
        commands = self.clause(None)
        if any(command.verb is not Verb.PUSH for command in commands):
            raise not_understood("'without lifting' fits only what is pushed")
        return commands

    def subordinate(self, main: Command | None) -> list[Command]:
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

    def starts_with_name(self) -> bool:
        """Whether a mere name stands before a comma or an order: "after the red button, ..."."""
        reader = self._reader
        start = reader.at
        found = name_is_certain(reader)
        if found:
            try:
                read_names(reader, self._nouns)
            except ClapError:
                found = False
        found = found and (order_behind_comma(reader) or verb_ahead(reader))
        reader.at = start
        return found

    def started_with(self, previous: Command | None) -> list[Command]:
        """ "Start with the red button, then press the green one": what is done to both."""
        names = read_names(self._reader, self._nouns)
        acted_on = previous is not None and {n.text for n in previous.objects} == {
            n.text for n in names
        }
        for name in names:
            self._mentions.add(name)
        while self._reader.match([*small.CONNECTIVES, (",",), (".",)]):
            pass
        later = self.clause(previous)
        if acted_on:
            return later
        if not later or later[0].verb is not Verb.PRESS:
            raise not_understood(f"what to do with '{names[0].text}' was not said")
        return [settled(replace(later[0], objects=names), self._mentions), *later]

    def told_apart(self, last: Command) -> Command:
        """The order that ends here with the names behind it: "two buttons, first the red one"."""
        reader = self._reader
        if len(last.objects) != 1:
            return last
        thing = last.objects[0]
        if thing.count is None and not (thing.is_bare and is_plural(thing.head)):
            return last
        start = reader.at
        if reader.match([(",",), (".",)]) and name_is_certain(reader):
            names = read_names(reader, self._nouns)
            if reader.at_boundary() and of_one_kind(last, names):
                return settled(told_apart(last, names), self._mentions)
        reader.at = start
        return last

    def repetition(self, previous: Command) -> list[Command]:
        """The last clause again with other things: "... and then the moon"."""
        command = self._rest.read(Command(previous.verb, read_names(self._reader, self._nouns)))
        if command.relation is Relation.NONE:
            command = replace(command, relation=previous.relation, reference=previous.reference)
        if command.tool is None:
            command = replace(command, tool=previous.tool)
        return [settled(command, self._mentions)]

    def which(self, name: ObjectPhrase) -> list[Command]:
        """ "..., which goes on the pad": said of what was named last."""
        return self._statements.statement((name,))

    def _settle_state(self) -> None:
        """Of "make the block stand on the plate", have "stand" say what it becomes."""
        reader = self._reader
        at = reader.at
        while at < len(reader.tokens) and reader.tokens[at] not in (",", ".", "and", "then"):
            if reader.tokens[at] in _SETTLES and reader.ahead(small.RELATIONS, at + 1 - reader.at):
                reader.tokens[at] = "goes"
                return
            at += 1

    def _is_wish(self) -> bool:
        """Whether "get", "have", "make" and "let" wish for a state instead of ordering."""
        reader = self._reader
        start = reader.at
        found = reader.match(small.WISHES)
        if len(found) > 1 or found[0] in ("let", "have", "make", "ensure"):
            named = name_ahead(reader)
            reader.at = start
            return named
        reader.at = start
        return False

    def _decline(self) -> None:
        """Raise when a clause starts that the robot cannot do; read nothing."""
        reader = self._reader
        wish = " ".join(reader.tokens[reader.at : reader.at + 4])
        declined = reader.ahead(DECLINED)
        known = max(len(reader.ahead(VERBS)), len(reader.ahead(small.WISHES)))
        if len(declined) > known:
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the robot cannot '{wish}': {DECLINED[declined]}",
                small.WHAT_CAN_BE_SAID,
            )

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

    def _order(self, verb: Verb) -> list[Command]:
        return self._use() if verb is Verb.USE else self._orders.order(verb)

    def _use(self) -> list[Command]:
        """ "Use the stick to drag the block onto the target"."""
        reader = self._reader
        tool = resolved(self._nouns.name(), self._mentions)
        if reader.match([("as", "the"), ("as", "a"), ("as",)]):
            return self._use_as_place(tool)
        if reader.peek() not in ("to", "for", "and"):
            raise reader.stumble("use it to do what?")
        reader.take()
        self._mentions.add(tool)
        commands = self.clause(None)
        if is_own_hand(tool):
            return commands
        if tool.head in ("handle", "knob") and not tool.part and commands:
            first = commands[0]
            held = tuple(replace(name, part=tool.head) for name in first.objects)
            if first.verb in (Verb.OPEN, Verb.CLOSE):
                return commands
            return [replace(first, objects=held), *commands[1:]]
        return [replace(commands[0], tool=tool), *commands[1:]]

    def _use_as_place(self, place: ObjectPhrase) -> list[Command]:
        """ "Use the plate as the place for the block"."""
        reader = self._reader
        if not reader.match(_PLACES_OF):
            raise reader.stumble("use it to do what?")
        names = read_names(reader, self._nouns)
        return [settled(Command(Verb.PLACE, names, on_or_in(place), place), self._mentions)]

    def _tool_first(self) -> list[Command]:
        """ "With the stick, drag the block onto the target"."""
        reader = self._reader
        reader.match(small.WITH)
        tool = resolved(self._nouns.name(), self._mentions)
        self._mentions.add(tool)
        if reader.peek() == ",":
            reader.take()
        verb = read_verb(reader)
        if verb is None:
            raise reader.stumble()
        commands = self._order(verb)
        if is_own_hand(tool):
            return commands
        return [replace(commands[0], tool=tool), *commands[1:]]

    def _placed_first(self) -> list[Command] | None:
        """The place first: "on the blue block, put the red block"."""
        reader = self._reader
        if not reader.ahead(small.RELATIONS):
            return None
        relation = small.RELATIONS[reader.match(small.RELATIONS)]
        relation, reference = beside(relation, resolved(self._nouns.name(), self._mentions))
        if reader.ahead(small.RELATIONS):
            within = self._places.place(Command(Verb.PLACE, (), relation, reference))
            relation, reference = within.relation, within.reference or reference
        if reader.match([*small.BECOMES, *_WANTED]):
            names = read_names(reader, self._nouns)
            return [settled(Command(Verb.PLACE, names, relation, reference), self._mentions)]
        if reader.match(small.IS_WHERE):
            names = read_names(reader, self._nouns)
            while reader.match(small.BECOMES):
                pass
            return [settled(Command(Verb.PLACE, names, relation, reference), self._mentions)]
        if reader.peek() == ",":
            reader.take()
        verb = read_verb(reader)
        if verb is None and reader.peek() == "with":
            reader.take()
            verb = Verb.PLACE
        if verb is None and name_ahead(reader):
            names = read_names(reader, self._nouns)
            reader.match(small.BECOMES)
            return [settled(Command(Verb.PLACE, names, relation, reference), self._mentions)]
        if verb is None:
            raise reader.stumble()
        commands = self._order(verb)
        return [replace(commands[0], relation=relation, reference=reference), *commands[1:]]

    def _nominal(self, previous: Command | None, comes_true: bool = False) -> list[Command]:
        """A clause that starts with a name; of `comes_true`, what is so has to become so."""
        reader = self._reader
        start = reader.at
        names = read_names(reader, self._nouns)
        if reader.match(small.IS_WHERE):
            reader.at = start
            return self._statements.is_where()
        if not comes_true and self._topics.described(names):
            return []
        is_so = comes_true and reader.ahead(small.IS_NOW)
        if reader.ahead(small.BECOMES) or reader.peek() in ("both",) or is_so:
            return self._statements.statement(names)
        if reader.peek() == "up" and reader.at_boundary(1):
            reader.take()
            return [settled(Command(Verb.PICK, names), self._mentions)]
        if reader.peek() in STATE_VERBS and reader.peek() != "down":
            return self._statements.statement(names)
        if previous is not None and not order_behind_comma(reader):
            if reader.at_boundary() and reader.tokens[start - 1] == "and":
                refuse_two_places(previous, names, reader.tokens[start - 2])
            one = reader.tokens[reader.at - 1] in small.PLACEHOLDERS
            vague = previous.objects[0].quantifier == "any" and of_one_kind(previous, names)
            if reader.tokens[start - 1] == "," and (vague or (one and reader.at_boundary())):
                refuse_which(previous, names[0])
            reader.at = start
            return self.repetition(previous)
        if reader.ahead(small.RELATIONS):
            return [self._rest.complete(Command(Verb.PLACE, names))]
        if not order_behind_comma(reader):
            word = f" at the word '{reader.peek()}'" if reader.peek() else ""
            raise not_understood(
                f"'{reader.tokens[start]} ...' was not understood{word}: what should be done?"
            )
        for name in names:
            self._mentions.add_topic(resolved(name, self._mentions))
        return []
