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

from clap_baseline.knowledge import knowledge
from clap_baseline.language import small_words as small
from clap_baseline.language.command import Command
from clap_baseline.language.inflection import singular
from clap_baseline.language.mentions import Mentions, opens
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.quantities import times_at
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.tower_parser import TowerParser
from clap_baseline.language.verbs import DECLINED, FORMS, PARTICLES, VERBS, Phrase, Verb
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Relation

_STATES: dict[str, Verb] = {
    "open": Verb.OPEN,
    "opened": Verb.OPEN,
    "closed": Verb.CLOSE,
    "shut": Verb.CLOSE,
    "down": Verb.RELEASE,
    "shine": Verb.PRESS,
}
_EACH_OTHER: tuple[Phrase, ...] = (
    ("on", "top", "of", "each", "other"),
    ("on", "each", "other"),
    ("on", "top", "of", "one", "another"),
    ("on", "one", "another"),
    ("onto", "each", "other"),
)
_TO_SWITCH: tuple[Phrase, ...] = (("to", "turn"), ("to", "switch"))
_ASKS = ("could", "can", "would", "should", "may")
_BY_PUSHING: tuple[Phrase, ...] = (("by", "pushing", "it"), ("by", "sliding", "it"))
_ALONG: tuple[Phrase, ...] = tuple(
    (way, "the", "table") for way in ("along", "over", "across", "on")
)
_WITH: tuple[Phrase, ...] = (
    ("with",),
    ("using",),
    ("by", "using"),
    ("by", "means", "of"),
    ("with", "the", "help", "of"),
)
_NEXT_TO_EACH_OTHER: tuple[Phrase, ...] = (
    ("next", "to", "each", "other"),
    ("beside", "each", "other"),
    ("side", "by", "side"),
)
_BACK_IN: tuple[Phrase, ...] = (("back", "in"), ("back", "shut"), ("back", "closed"))
_ONES_OWN: tuple[Phrase, ...] = (("to", "its"), ("on", "its"), ("at", "its"))
_GIVEN: dict[str, Verb] = {
    "push": Verb.PUSH,
    "shove": Verb.PUSH,
    "nudge": Verb.PUSH,
    "press": Verb.PRESS,
    "tap": Verb.PRESS,
    "click": Verb.PRESS,
    "lift": Verb.LIFT,
}
"""What may be given: "give the button a push"."""
_UNTIL: tuple[Phrase, ...] = (
    ("until", "it", "is"),
    ("until", "it"),
    ("so", "that", "you", "can"),
    ("so", "that", "it", "is"),
)
_HELD_AT: tuple[Phrase, ...] = (("by",), ("at",))
_PLACED: tuple[Phrase, ...] = (("is", "where"),)


class ClauseParser:
    """Reads one clause after the other.

    Args:
        reader: the cursor.
    """

    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader
        self.mentions = Mentions()
        self.nouns = NounParser(reader, self.mentions)
        self._towers = TowerParser(reader, self.nouns)
        self._previous: Command | None = None

    # clauses

    def clause(self, previous: Command | None) -> list[Command]:
        """The commands of the clause that starts here; none for a mere topic.

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
        """
        self._previous = previous
        self.nouns.role_noun = previous.objects[0].noun if previous and previous.objects else ""
        if self._reader.peek() in _ASKS and self.nouns.certain(1):
            self._reader.take()
        self._count_from_side()
        times = self._times()
        commands = self._any_clause(previous)
        self.nouns.side = ""
        times = max(times, self._times())
        return [replace(each, times=max(each.times, times)) for each in commands]

    def _any_clause(self, previous: Command | None) -> list[Command]:
        reader = self._reader
        self._decline()
        tower = self._towers.tower()
        if tower is not None:
            return [self._settle(tower)]
        if reader.ahead(_WITH) and self.nouns.ahead(len(reader.ahead(_WITH))):
            return self._tool_first()
        if reader.peek() == "give" and self.nouns.ahead(1):
            return self._give()
        if reader.ahead(small.WISHES) and self._is_wish():
            reader.match(small.WISHES)
            return self._statement(self._names())
        verb = self._verb()
        if verb is not None:
            return self._order(verb)
        placed = self._placed_first()
        if placed is not None:
            return placed
        if not self.nouns.ahead():
            raise reader.stumble()
        return self._nominal(previous)

    def subordinate(self, main: Command | None) -> list[Command]:
        """What "before" and "after" are followed by: "you open it", "opening it", "it is open"."""
        reader = self._reader
        if reader.peek() == "you":
            reader.take()
        if reader.peek() == "have":
            reader.take()
        verb = self._verb(any_form=True)
        if verb is not None:
            return self._order(verb)
        if not self.nouns.ahead():
            raise reader.stumble()
        return self._nominal(main)

    def repetition(self, previous: Command) -> list[Command]:
        """The last clause again with other things: "... and then the moon"."""
        command = self._rest(Command(previous.verb, self._names()))
        if command.relation is Relation.NONE:
            command = replace(command, relation=previous.relation, reference=previous.reference)
        if command.tool is None:
            command = replace(command, tool=previous.tool)
        return [self._settle(command)]

    def _is_wish(self) -> bool:
        """Whether "get", "have", "make" and "let" wish for a state instead of ordering."""
        reader = self._reader
        start = reader.at
        found = reader.match(small.WISHES)
        if len(found) > 1 or found[0] in ("let", "have", "make", "ensure"):
            named = self.nouns.ahead()
            reader.at = start
            return named
        reader.at = start
        return False

    def _decline(self) -> None:
        """Raise when a clause starts that the robot cannot do; read nothing."""
        reader = self._reader
        wish = " ".join(reader.tokens[reader.at : reader.at + 4])
        declined = reader.ahead(DECLINED)
        if len(declined) > len(reader.ahead(VERBS)):
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
            self.nouns.side = reader.take()
            reader.match([("side",), ("hand", "side")])
            if reader.peek() == ",":
                reader.take()
                return
            self.nouns.side = ""
        reader.at = start

    def _times(self) -> int:
        count, length = times_at(self._reader.tokens, self._reader.at)
        once = length == 1 and count == 1 and not self._reader.at_boundary(1)
        if not length or once:
            return 1
        self._reader.at += length
        if self._reader.peek() == ",":
            self._reader.take()
        return count

    # orders

    def _order(self, verb: Verb) -> list[Command]:
        reader = self._reader
        if verb is Verb.USE:
            return self._use()
        if (verb, reader.peek()) in PARTICLES and self._is_particle():
            verb = PARTICLES[verb, reader.take()]
        if verb is Verb.RELEASE and not self.nouns.ahead():
            return [Command(verb)]
        lets_go = verb in (Verb.RELEASE, Verb.DROP) and reader.peek() == "it"
        if lets_go and reader.at_boundary(1) and self.mentions.is_empty:
            reader.take()
            return [Command(Verb.RELEASE)]
        shared = self._shared_object(verb)
        if shared:
            return shared
        if verb in (Verb.PLACE, Verb.DROP) and reader.peek() in ("in", "inside"):
            return self._put_in()
        if verb in (Verb.PLACE, Verb.DROP) and reader.ahead(small.RELATIONS):
            relation = small.RELATIONS[reader.match(small.RELATIONS)]
            reference = self.nouns.name()
            return [self._settle(Command(verb, self._names(), relation, reference))]
        names = self._names()
        if names[0].said == "it" and reader.peek() == "there" and self._previous is not None:
            reader.take()
            return []
        command = Command(verb, names)
        return [self._settle(self._rest(command))]

    def _is_particle(self) -> bool:
        """Whether "on", "in" or "over" has no name behind it that it could place at."""
        reader = self._reader
        if reader.peek() in ("in", "on", "over"):
            return not self.nouns.ahead(1)
        return reader.peek() != "open" or not reader.at_boundary(1)

    def _put_in(self) -> list[Command]:
        """ "Put in the block": into what was named before; or "put in the box the block"."""
        reader = self._reader
        start = reader.at
        reader.take()
        names = self._names()
        if self.nouns.ahead():
            reader.at = start + 1
            reference = self.nouns.name()
            return [self._settle(Command(Verb.PLACE, self._names(), Relation.IN, reference))]
        inside = self.mentions.resolve(ObjectPhrase(said="in"), only_opens=True)
        return [self._settle(Command(Verb.PLACE, names, Relation.IN, inside))]

    def _use(self) -> list[Command]:
        reader = self._reader
        tool = self._resolved(self.nouns.name())
        if reader.peek() not in ("to", "for"):
            raise reader.stumble("use it to do what?")
        reader.take()
        self.mentions.add(tool)
        commands = self.clause(None)
        if tool.head in ("handle", "knob") and not tool.part and commands:
            first = commands[0]
            held = tuple(replace(name, part=tool.head) for name in first.objects)
            if first.verb in (Verb.OPEN, Verb.CLOSE):
                return commands
            return [replace(first, objects=held), *commands[1:]]
        return [replace(commands[0], tool=tool), *commands[1:]]

    def _shared_object(self, verb: Verb) -> list[Command]:
        """Two verbs with one object: "pick up and set down the white block"."""
        reader = self._reader
        start = reader.at
        if reader.peek() == "and":
            reader.match(small.CONNECTIVES)
            if reader.peek() == "then":
                reader.take()
            other = self._verb()
            if other is not None:
                rest = self._order(other)
                return [Command(verb, rest[0].objects), *rest]
        reader.at = start
        return []

    def _rest(self, command: Command) -> Command:
        """What follows the objects."""
        reader = self._reader
        start = -1
        while reader.at != start:
            start = reader.at
            command = self._one_more(command)
        return command

    def _one_more(self, command: Command) -> Command:
        reader = self._reader
        verb = command.verb
        if (verb, reader.peek()) in PARTICLES and self._is_particle_behind(command):
            return replace(command, verb=PARTICLES[verb, reader.take()])
        times, length = times_at(reader.tokens, reader.at)
        if length and not (times == 1 and not reader.at_boundary(1)):
            reader.at += length
            return replace(command, times=times)
        if reader.ahead([("that", "is"), ("which", "is")]) and command.objects:
            last = self.nouns.described(command.objects[-1])
            return replace(command, objects=(*command.objects[:-1], last))
        if reader.ahead(_NEXT_TO_EACH_OTHER) and len(command.objects) == 2:
            reader.match(_NEXT_TO_EACH_OTHER)
            first, second = command.objects
            return replace(command, objects=(first,), relation=Relation.NEXT_TO, reference=second)
        if reader.ahead(_ONES_OWN) and reader.peek(2) in ("left", "right"):
            return self._own_side(command)
        if reader.match(_EACH_OTHER):
            return replace(command, on_each_other=True)
        if verb is Verb.PRESS and reader.ahead(_TO_SWITCH):
            return self._purpose(command)
        if reader.match(_BY_PUSHING):
            return replace(command, verb=Verb.PUSH)
        if verb is Verb.PUSH and reader.ahead(_BACK_IN) and opens(command.objects[-1]):
            reader.match(_BACK_IN)
            return replace(command, verb=Verb.CLOSE)
        if verb is Verb.PUSH and reader.match(_ALONG):
            return command
        if reader.match(small.SO_THAT):
            return command
        if reader.ahead(_UNTIL) and command.objects:
            return self._result(command)
        if reader.ahead(_HELD_AT) and command.objects:
            found = self._by_part(command)
            if found is not None:
                return found
        if reader.ahead(_WITH):
            return self._with(command)
        if reader.ahead(small.SOURCES):
            return self._source(command)
        if reader.peek() == "," and reader.ahead(small.RELATIONS, 1) and self._continues():
            reader.take()
        if reader.ahead(small.RELATIONS):
            return self._place(command)
        return command

    def _purpose(self, command: Command) -> Command:
        """ "Press the switch to turn the lamp on" presses the lamp's switch."""
        reader = self._reader
        reader.take()
        verb = self._verb()
        assert verb is not None
        switched = self._order(verb)[0]
        if switched.verb is not Verb.PRESS or len(command.objects) != 1:
            raise reader.stumble()
        part = command.objects[0].name
        return replace(command, objects=tuple(replace(n, part=part) for n in switched.objects))

    def which(self, name: ObjectPhrase) -> list[Command]:
        """ "..., which goes on the pad": said of what was named last."""
        return self._statement((name,))

    def _is_particle_behind(self, command: Command) -> bool:
        """Whether "on", "in" or "over" has no name behind it, and fits the objects."""
        reader = self._reader
        puts_on = command.verb is Verb.PLACE and reader.peek() == "on"
        if puts_on and any(name.head not in knowledge().buttons for name in command.objects):
            return False
        return not (reader.peek() in ("in", "on", "over") and self.nouns.ahead(1))

    def _continues(self) -> bool:
        """Whether a relation behind a comma belongs to this clause: no order follows it."""
        reader = self._reader
        start = reader.at
        reader.take()
        reader.match(small.RELATIONS)
        try:
            self.nouns.name()
        except ClapError:
            return False
        else:
            return reader.peek() != ","
        finally:
            reader.at = start

    def _place(self, command: Command) -> Command:
        """A relation and its reference, and a compartment of that."""
        reader = self._reader
        if command.relation is not Relation.NONE:
            return self._compartment(command)
        match = reader.match(small.RELATIONS)
        relation = small.RELATIONS[match]
        if relation is Relation.IN and reader.peek() == "there":
            reader.take()
            return replace(command, relation=relation, reference=self._inside(command))
        where = reader.peek() == "where"
        if where:
            reader.take()
        if reader.at_boundary():
            if relation is Relation.IN and command.verb is Verb.PLACE:
                inside = self._inside(command)
                return replace(command, relation=relation, reference=inside)
            if match == ("to", "the", "left") or match == ("to", "the", "right"):
                raise reader.stumble()
            raise not_understood(f"'{' '.join(match)}' needs the name of an object behind it")
        if command.verb is Verb.RELEASE:
            command = replace(command, verb=Verb.PLACE)
        self.nouns.role_noun = self._reference_noun()
        reference = self.nouns.name()
        if reference.words == ("side",) and reference.said == "its":
            part = " ".join(reference.choices)
            beside = self._previous.reference if self._previous is not None else None
            reference = replace(beside or ObjectPhrase(said="it"), part=part)
        if where and not reader.match([("is",), ("stands",)]):
            raise reader.stumble()
        side = reference.part.removesuffix(" side")
        if side in ("left", "right") and relation in (Relation.TOWARDS, Relation.ON):
            relation = Relation.LEFT_OF if side == "left" else Relation.RIGHT_OF
            reference = replace(reference, part="")
        return replace(command, relation=relation, reference=reference)

    def _own_side(self, command: Command) -> Command:
        """ "To its left": of what the clause before placed something at."""
        reader = self._reader
        reader.match(_ONES_OWN)
        relation = Relation.LEFT_OF if reader.take() == "left" else Relation.RIGHT_OF
        reader.match([("side",)])
        beside = self._previous.reference if self._previous is not None else None
        reference = beside or ObjectPhrase(said="its")
        return replace(command, relation=relation, reference=reference)

    def _inside(self, command: Command) -> ObjectPhrase:
        """What "inside" alone means: what was opened last."""
        apart = tuple(name.text for name in command.objects)
        return self.mentions.resolve(ObjectPhrase(said="inside"), apart, only_opens=True)

    def _reference_noun(self) -> str:
        previous = self._previous
        if previous is None or previous.reference is None:
            return ""
        return previous.reference.noun

    def _compartment(self, command: Command) -> Command:
        """ "In the safe, on the bottom shelf"."""
        reader = self._reader
        start = reader.at
        relation = small.RELATIONS[reader.match(small.RELATIONS)]
        name = self.nouns.name() if self.nouns.ahead() else ObjectPhrase()
        if name.head in ("drawer", "shelf", "compartment", "rack", "level"):
            part = " ".join((*name.choices, *name.words))
            assert command.reference is not None
            reference = command.reference
            if relation is Relation.TOWARDS:
                relation = Relation.ON
            if reference.head != "table" and name.head != reference.head:
                return replace(command, relation=relation, reference=replace(reference, part=part))
        if name.head in ("table", "safe", "cabinet", "cupboard") and relation is Relation.IN:
            assert command.reference is not None
            reference = command.reference
            if reference.head in knowledge().parts and not reference.part:
                part = " ".join((*reference.choices, *reference.words))
                return replace(command, reference=replace(name, part=part))
        reader.at = start
        raise reader.stumble()

    def _source(self, command: Command) -> Command:
        reader = self._reader
        off = reader.match(small.SOURCES)
        source = self._resolved(self.nouns.name())
        if command.verb in (Verb.PUSH, Verb.PRESS):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"nothing is pushed '{' '.join(off)} the {source.text}': it could fall",
                "Push it towards something that stands on the table",
            )
        outside = off[0] in ("out", "from") and opens(source)
        command = replace(command, source=source if outside else None)
        if reader.peek() == "and" and reader.ahead(small.RELATIONS, 1):
            reader.take()
        return command

    def _by_part(self, command: Command) -> Command | None:
        """Read "by the handle", "at its rim"; any other "by" is a relation."""
        reader = self._reader
        start = reader.at
        reader.take()
        if self.nouns.ahead():
            name = self.nouns.name()
            if name.head in knowledge().parts and not name.part:
                last = replace(command.objects[-1], part=name.name)
                return replace(command, objects=(*command.objects[:-1], last))
        reader.at = start
        return None

    def _with(self, command: Command) -> Command:
        reader = self._reader
        start = reader.at
        reader.match(_WITH)
        if not self.nouns.ahead():
            reader.at = start
            raise reader.stumble()
        tool = self._resolved(self.nouns.name(), tuple(name.text for name in command.objects))
        if tool.head in ("handle", "knob") and command.verb in (Verb.OPEN, Verb.CLOSE):
            return command
        return replace(command, tool=tool)

    def _result(self, command: Command) -> Command:
        """ "Until it is closed", "until it is on the target"."""
        reader = self._reader
        start = reader.at
        reader.match(_UNTIL)
        word = reader.peek()
        if word in ("closed", "shut") and command.verb in (
            Verb.PUSH,
            Verb.PRESS,
            Verb.PULL,
            Verb.CLOSE,
            Verb.TURN,
        ):
            reader.take()
            return replace(command, verb=Verb.CLOSE)
        if word in ("open", "opened") and command.verb in (Verb.PULL, Verb.LIFT, Verb.OPEN):
            reader.take()
            return replace(command, verb=Verb.OPEN)
        if word == "tight" and command.verb in (Verb.TURN, Verb.SCREW):
            reader.take()
            return replace(command, verb=Verb.SCREW)
        if word == "leans" and command.verb is Verb.LIFT and opens(command.objects[0]):
            reader.take()
            reader.match([("against",)])
            self.nouns.name()
            return replace(command, verb=Verb.OPEN)
        if reader.ahead(small.RELATIONS) and command.relation is Relation.NONE:
            return command
        reader.at = start
        raise reader.stumble()

    # statements

    def _statement(self, names: tuple[ObjectPhrase, ...]) -> list[Command]:
        """What is or should be so."""
        reader = self._reader
        while reader.match(small.BECOMES):
            pass
        if reader.match([("both",)]):
            pass
        word = reader.peek()
        if word in _STATES and (word, reader.peek(1)) != ("open", "the"):
            reader.take()
            command = self._settle(self._rest(Command(_STATES[word], names)))
            return [command, *self._second_state(names)]
        verb = self._verb(any_form=True)
        if verb is not None:
            if reader.peek() and (verb, reader.peek()) in PARTICLES and self._is_particle():
                verb = PARTICLES[verb, reader.take()]
            commands = [self._settle(self._rest(Command(verb, names)))]
            return [*commands, *self._second_state(names)]
        if reader.ahead(small.RELATIONS):
            found = self._settle(self._rest(Command(Verb.PLACE, names)))
            return [found, *self._second_state(names)]
        raise reader.stumble()

    def _second_state(self, names: tuple[ObjectPhrase, ...]) -> list[Command]:
        """ "... and then closed"."""
        reader = self._reader
        start = reader.at
        while reader.match([*small.CONNECTIVES, (",",)]):
            pass
        word = reader.peek()
        is_state = (word in FORMS and FORMS[word] != word) or word in _STATES
        if reader.at > start and is_state and word not in ("open", "left"):
            return self._statement(names)
        reader.at = start
        return []

    def _give(self) -> list[Command]:
        """ "Give the button a push"."""
        reader = self._reader
        reader.take()
        names = self._names()
        if reader.match([("a",)]) and reader.peek() in _GIVEN:
            return [self._settle(self._rest(Command(_GIVEN[reader.take()], names)))]
        raise reader.stumble("handing things over is no skill of the arm")

    def _tool_first(self) -> list[Command]:
        """ "With the stick, drag the block onto the target"."""
        reader = self._reader
        reader.match(_WITH)
        tool = self._resolved(self.nouns.name())
        self.mentions.add(tool)
        if reader.peek() == ",":
            reader.take()
        verb = self._verb()
        if verb is None:
            raise reader.stumble()
        commands = self._order(verb)
        return [replace(commands[0], tool=tool), *commands[1:]]

    def _placed_first(self) -> list[Command] | None:
        """The place first: "on the blue block, put the red block"."""
        reader = self._reader
        if not reader.ahead(small.RELATIONS):
            return None
        relation = small.RELATIONS[reader.match(small.RELATIONS)]
        reference = self._resolved(self.nouns.name())
        if reader.match(_PLACED):
            names = self._names()
            while reader.match(small.BECOMES):
                pass
            return [self._settle(Command(Verb.PLACE, names, relation, reference))]
        if reader.peek() == ",":
            reader.take()
        verb = self._verb()
        if verb is None and reader.peek() == "with":
            reader.take()
            verb = Verb.PLACE
        if verb is None:
            raise reader.stumble()
        commands = self._order(verb)
        return [replace(commands[0], relation=relation, reference=reference), *commands[1:]]

    def _nominal(self, previous: Command | None) -> list[Command]:
        """A clause that starts with a name."""
        reader = self._reader
        start = reader.at
        names = self._names()
        if reader.match(_PLACED):
            self._thing_before_goes()
            reader.at = start
            return self._is_where()
        if reader.ahead(small.BECOMES) or reader.peek() in ("both",):
            return self._statement(names)
        if reader.peek() in _STATES and reader.peek() != "down":
            return self._statement(names)
        if previous is not None and not self._topic_ahead():
            reader.at = start
            return self.repetition(previous)
        if reader.ahead(small.RELATIONS):
            return [self._settle(self._rest(Command(Verb.PLACE, names)))]
        if not self._topic_ahead():
            word = f" at the word '{reader.peek()}'" if reader.peek() else ""
            raise not_understood(
                f"'{reader.tokens[start]} ...' was not understood{word}: what should be done?"
            )
        for name in names:
            self.mentions.add_topic(self._resolved(name))
        return []

    def _thing_before_goes(self) -> None:
        self._names()

    def _is_where(self) -> list[Command]:
        """ "The bowl is where the block should go"."""
        reader = self._reader
        place = self.nouns.name()
        reader.match(_PLACED)
        names = self._names()
        while reader.match(small.BECOMES):
            pass
        relation = (
            Relation.IN if place.head in ("bowl", "box", "basket", "cup", "mug") else (Relation.ON)
        )
        return [self._settle(Command(Verb.PLACE, names, relation, place))]

    def _topic_ahead(self) -> bool:
        """Whether a new clause with a verb follows a comma."""
        reader = self._reader
        if not reader.at_boundary() or not reader.peek():
            return False
        start = reader.at
        reader.take()
        self.skip_politeness()
        verb = self._verb()
        reader.at = start
        return verb is not None

    def skip_politeness(self) -> None:
        """Read phrases that change nothing."""
        while self._reader.match(small.POLITENESS):
            pass

    # names and verbs

    def _names(self) -> tuple[ObjectPhrase, ...]:
        reader = self._reader
        names = [self.nouns.name()]
        while reader.peek() in (",", "and", "then") and not names[-1].is_pronoun:
            start = reader.at
            while reader.match([*small.CONNECTIVES, (",",)]):
                pass
            if not self.nouns.certain() or (self.verb_ahead() and not self._is_noun_here()):
                reader.at = start
                break
            try:
                name = self.nouns.name()
            except ClapError:
                reader.at = start
                break
            if reader.ahead(small.BECOMES) or (reader.peek() == "," and self._topic_ahead()):
                reader.at = start
                break
            names.append(name)
        return self._lend_nouns(names)

    def _is_noun_here(self) -> bool:
        return self._reader.peek() in small.DETERMINERS

    def _lend_nouns(self, names: list[ObjectPhrase]) -> tuple[ObjectPhrase, ...]:
        """In "the red and the blue button" the red one is a button too."""
        if len(names) > 1 and names[0].quantifier == "both":
            names[0] = replace(names[0], quantifier="", count=None)
        lacking = [name.lacks_noun for name in names]
        if not any(lacking) or lacking[-1] or names[-1].is_pronoun:
            return tuple(names)
        last = names[-1]
        noun, several = singular(last.noun), singular(last.noun) != last.noun
        if last.said not in small.DETERMINERS and not several:
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
            name.with_noun(noun) if lacks else name
            for name, lacks in zip(names, lacking, strict=True)
        )

    def _verb(self, any_form: bool = False) -> Verb | None:
        """Read a verb; with `any_form` participles and gerunds as well."""
        reader = self._reader
        word, at = reader.peek(), reader.at
        if not word:
            return None
        if word.endswith("ing") or any_form:
            reader.tokens[at] = FORMS.get(word, word)
        match = reader.match(VERBS)
        reader.tokens[at] = word
        return VERBS[match] if match else None

    def verb_ahead(self) -> bool:
        start = self._reader.at
        found = self._verb() is not None
        self._reader.at = start
        return found

    def _resolved(
        self, name: ObjectPhrase, apart_from: tuple[str, ...] = (), only_opens: bool = False
    ) -> ObjectPhrase:
        if name.is_pronoun and not name.recalled:
            if name.said == "itself":
                return name
            return self.mentions.resolve(name, apart_from, only_opens)
        return name

    def _settle(self, command: Command) -> Command:
        """Resolve pronouns, and remember what was named."""
        only_opens = command.verb in (Verb.OPEN, Verb.CLOSE, Verb.PULL)
        objects = tuple(self._resolved(name, only_opens=only_opens) for name in command.objects)
        reference = command.reference
        if reference is not None and not reference.is_pronoun:
            objects = tuple(self._other(name, reference) for name in objects)
        else:
            objects = tuple(self._other(name, None) for name in objects)
        for name in objects:
            self.mentions.add(name)
        if reference is not None:
            apart = tuple(name.text for name in objects)
            reference = self._resolved(reference, apart)
            if reference.said == "itself" and objects:
                reference = objects[0]
            reference = self._other(reference, None)
            self.mentions.add(reference)
            for name in objects:
                self.mentions.add(name)
        return replace(command, objects=objects, reference=reference)

    def _other(self, name: ObjectPhrase, reference: ObjectPhrase | None) -> ObjectPhrase:
        """ "The other cups" in "put the other cups into the red cup" are not the red one."""
        if name.quantifier != "other":
            return name
        if not name.other_than:
            name = replace(name, other_than=self.mentions.other_than(name))
        if (
            not name.other_than
            and reference is not None
            and (singular(reference.noun) == singular(name.noun))
        ):
            name = replace(name, other_than=reference.text)
        if not name.other_than:
            raise not_understood(
                f"'other {name.name}' does not say other than which: name that one first, or say "
                "its colour or where it is"
            )
        return name
