"""What follows the objects of an order: where to, with what, until when, how often."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language import small_words as small
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.mentions import opens
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.own_hand import is_own_hand
from clap_baseline.language.place_parser import PlaceParser
from clap_baseline.language.quantities import read_times
from clap_baseline.language.rest_phrases import (
    ALONG,
    BACK_IN,
    BY_ITS_LID,
    BY_PUSHING,
    BY_SCREWING,
    EACH_OTHER,
    FROM_THERE,
    HELD_AT,
    NEXT_TO_EACH_OTHER,
    PURPOSES,
    SLIDES,
    TO_SWITCH,
    UNTIL,
    WITHOUT_LIFTING,
)
from clap_baseline.language.settling import resolved, settled
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.tower_levels import BOTTOM_UP, TOP_DOWN
from clap_baseline.language.verb_reader import read_verb
from clap_baseline.language.verbs import PARTICLES, Verb
from clap_core.task_types import Relation


class RestParser:
    """Reads on until nothing more fits.

    Args:
        reader: the cursor.
        nouns: reads names.
    """

    def __init__(self, reader: TokenReader, nouns: NounParser) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._places = PlaceParser(reader, nouns)

    def complete(self, command: SpokenCommand) -> SpokenCommand:
        """A command with all that follows its objects, settled.

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE, naming the word.
        """
        return settled(self.read(command), self._mentions)

    def read(self, command: SpokenCommand) -> SpokenCommand:
        """A command with all that follows its objects."""
        reader = self._reader
        start = -1
        while reader.at != start:
            start = reader.at
            command = self._one_more(command)
        return command

    def _one_more(self, command: SpokenCommand) -> SpokenCommand:
        reader = self._reader
        verb = command.verb
        if (verb, reader.peek()) in PARTICLES and self._is_particle_behind(command):
            return replace(command, verb=PARTICLES[verb, reader.take()])
        times = read_times(reader)
        if times:
            return replace(command, times=times)
        if reader.ahead([("that", "is"), ("which", "is")]) and command.objects:
            last = self._nouns.described(command.objects[-1])
            return replace(command, objects=(*command.objects[:-1], last))
        if reader.ahead(NEXT_TO_EACH_OTHER) and len(command.objects) == 2:
            reader.match(NEXT_TO_EACH_OTHER)
            first, second = command.objects
            return replace(command, objects=(first,), relation=Relation.NEXT_TO, reference=second)
        if self._places.own_side_ahead():
            return self._places.own_side(command)
        if reader.match(EACH_OTHER):
            return replace(command, on_each_other=True)
        if verb is Verb.PRESS and reader.ahead(TO_SWITCH):
            return self._purpose(command)
        if verb is Verb.PLACE and reader.match(BY_SCREWING):
            return replace(command, verb=Verb.SCREW)
        if verb is Verb.CLOSE and self._is_jar(command) and reader.match(BY_ITS_LID):
            return command
        if reader.match(BY_PUSHING):
            return replace(command, verb=Verb.PUSH)
        if verb is Verb.PUSH and reader.ahead(BACK_IN) and opens(command.objects[-1]):
            reader.match(BACK_IN)
            return replace(command, verb=Verb.CLOSE)
        if reader.peek() == "," and reader.ahead(WITHOUT_LIFTING, 1) and verb is Verb.PUSH:
            reader.take()
            reader.match(WITHOUT_LIFTING)
            if reader.peek() == "," and reader.ahead(small.RELATIONS, 1):
                reader.take()
            return command
        if verb is Verb.PLACE and reader.match(WITHOUT_LIFTING):
            return replace(command, verb=Verb.PUSH)
        if verb is Verb.PLACE and reader.match([("across", "the", "table")]):
            return command
        if verb is Verb.PUSH and reader.match((*ALONG, *WITHOUT_LIFTING)):
            return command
        if reader.match(FROM_THERE):
            return command
        if verb is Verb.STACK and command.relation is Relation.NONE:
            if reader.match(BOTTOM_UP):
                return replace(command, tower=True)
            if reader.match(TOP_DOWN):
                return replace(command, tower=True, objects=command.objects[::-1])
        if reader.peek() == "to" and reader.peek(1) in PURPOSES and command.objects:
            return self._opens_to(command)
        if self._lid_on_ahead(command):
            reader.take()
            jar = replace(command.objects[0], part="")
            return replace(command, verb=Verb.CLOSE, objects=(jar,))
        if reader.match(small.SO_THAT):
            return command
        until = len(reader.ahead(UNTIL))
        if until > len(reader.ahead(small.RELATIONS)) and command.objects:
            return self._result(command)
        if reader.ahead(HELD_AT) and command.objects:
            found = self._by_part(command)
            if found is not None:
                return found
        if reader.ahead(small.WITH):
            return self._with(command)
        if reader.ahead(small.SOURCES):
            return self._places.source(command)
        within = self._places.bare_compartment(command)
        if within is not None:
            return within
        if verb is Verb.STACK and reader.peek() in ("over", "above") and name_ahead(reader, 1):
            reader.take()
            return replace(command, relation=Relation.ON, reference=self._nouns.name())
        if reader.peek() == "," and reader.ahead(small.RELATIONS, 1) and self._places.continues():
            reader.take()
        if reader.ahead(small.RELATIONS):
            return self._places.place(command)
        return command

    def _purpose(self, command: SpokenCommand) -> SpokenCommand:
        """ "Press the switch to turn the lamp on" presses the lamp's switch."""
        reader = self._reader
        reader.take()
        verb = read_verb(reader)
        assert verb is not None
        switched = self.complete(SpokenCommand(verb, read_names(reader, self._nouns)))
        if switched.verb is not Verb.PRESS or len(command.objects) != 1:
            raise reader.stumble()
        part = command.objects[0].name
        return replace(command, objects=tuple(replace(n, part=part) for n in switched.objects))

    def _opens_to(self, command: SpokenCommand) -> SpokenCommand:
        """ "Pull on the handle of the drawer to open it"."""
        reader = self._reader
        start = reader.at
        reader.take()
        verb, means = PURPOSES[reader.take()]
        thing = self._nouns.name() if name_ahead(reader) else None
        known = thing is None or thing.is_pronoun or thing.noun == command.objects[-1].noun
        if command.verb not in means or not known or not opens(command.objects[-1]):
            reader.at = start
            raise reader.stumble()
        return replace(command, verb=verb)

    @staticmethod
    def _is_jar(command: SpokenCommand) -> bool:
        return all(name.head in knowledge().screw_lid for name in command.objects)

    def _lid_on_ahead(self, command: SpokenCommand) -> bool:
        """Whether "on" ends "put the jar's lid on"."""
        puts = command.verb is Verb.PLACE and command.relation is Relation.NONE
        one = command.objects[0] if len(command.objects) == 1 else None
        jar = one is not None and one.head in knowledge().screw_lid and one.part == "lid"
        return puts and jar and self._reader.peek() == "on" and self._reader.at_boundary(1)

    def _is_particle_behind(self, command: SpokenCommand) -> bool:
        """Whether "on", "in" or "over" has no name behind it, and fits the objects."""
        reader = self._reader
        if reader.peek() == "wide" and any(name.head in SLIDES for name in command.objects):
            return False
        if reader.peek() == "out" and reader.peek(1) == "of":
            return False
        topples = reader.peek() == "over" and (
            reader.at_boundary(1) or reader.ahead(small.CONNECTIVES, 1)
        )
        if command.verb is Verb.PUSH and topples and not all(map(opens, command.objects)):
            return False
        if command.verb is Verb.CLOSE:  # "tightly"
            return all(name.head in knowledge().screw_lid for name in command.objects)
        puts_on = command.verb is Verb.PLACE and reader.peek() == "on"
        if puts_on and any(name.head not in knowledge().buttons for name in command.objects):
            return False
        return not (reader.peek() in ("in", "on", "over") and name_ahead(reader, 1))

    def _by_part(self, command: SpokenCommand) -> SpokenCommand | None:
        """Read "by the handle", "at its rim"; any other "by" is a relation."""
        reader = self._reader
        start = reader.at
        reader.take()
        if name_ahead(reader):
            name = self._nouns.name()
            if name.head in knowledge().parts and not name.part:
                last = replace(command.objects[-1], part=name.name)
                return replace(command, objects=(*command.objects[:-1], last))
        reader.at = start
        return None

    def _with(self, command: SpokenCommand) -> SpokenCommand:
        reader = self._reader
        start = reader.at
        reader.match(small.WITH)
        if not name_ahead(reader):
            reader.at = start
            raise reader.stumble()
        tool = resolved(
            self._nouns.name(), self._mentions, tuple(name.text for name in command.objects)
        )
        if is_own_hand(tool):
            return command
        if tool.head in ("handle", "knob") and command.verb in (Verb.OPEN, Verb.CLOSE):
            return command
        return replace(command, tool=tool)

    def _result(self, command: SpokenCommand) -> SpokenCommand:
        """ "Until it is closed", "until it is on the target"."""
        reader = self._reader
        start = reader.at
        reader.match(UNTIL)
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
            self._nouns.name()
            return replace(command, verb=Verb.OPEN)
        if reader.ahead(small.RELATIONS) and command.relation is Relation.NONE:
            return command
        reader.at = start
        raise reader.stumble()
