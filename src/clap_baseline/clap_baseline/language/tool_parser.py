"""Orders that name a tool or a place before the verb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clap_baseline.language import small_words as small
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.lookahead import name_ahead
from clap_baseline.language.name_list import read_names
from clap_baseline.language.noun_parser import NounParser
from clap_baseline.language.own_hand import is_own_hand
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.place_parser import PlaceParser, beside
from clap_baseline.language.settling import resolved, settled
from clap_baseline.language.statement_parser import on_or_in
from clap_baseline.language.text import not_understood
from clap_baseline.language.token_reader import TokenReader
from clap_baseline.language.verb_reader import read_verb
from clap_baseline.language.verbs import Verb
from clap_core.task_types import Relation

_WANTED = (("i", "want"), ("i", "would", "like"), ("we", "want"), ("i", "need"))
_PLACES_OF = small.phrases(
    "place for, spot for, base for, support for, target for, destination for, home for, resting "
    "place for, bed for, stand for"
)


class ToolParser:
    """Reads "use the stick to", "with the stick," and "on the plate, put".

    Args:
        reader: the cursor.
        nouns: reads names.
        clause: reads the clause that starts here.
        order: reads what follows a verb.
    """

    def __init__(
        self,
        reader: TokenReader,
        nouns: NounParser,
        clause: Callable[[SpokenCommand | None], list[SpokenCommand]],
        order: Callable[[Verb], list[SpokenCommand]],
    ) -> None:
        self._reader = reader
        self._nouns = nouns
        self._mentions = nouns.mentions
        self._places = PlaceParser(reader, nouns)
        self._clause = clause
        self._order = order

    def use(self) -> list[SpokenCommand]:
        """ "Use the stick to drag the block onto the target"."""
        reader = self._reader
        tool = resolved(self._nouns.name(), self._mentions)
        if reader.match([("as", "the"), ("as", "a"), ("as",)]):
            return self._use_as_place(tool)
        if reader.peek() not in ("to", "for", "and"):
            raise reader.stumble("use it to do what?")
        reader.take()
        self._mentions.add(tool)
        commands = self._clause(None)
        if is_own_hand(tool):
            return commands
        if tool.head in ("handle", "knob") and not tool.part and commands:
            first = commands[0]
            held = tuple(replace(name, part=tool.head) for name in first.objects)
            if first.verb in (Verb.OPEN, Verb.CLOSE):
                return commands
            return [replace(first, objects=held), *commands[1:]]
        return _with_tool(commands, tool)

    def tool_first(self) -> list[SpokenCommand]:
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
        return commands if is_own_hand(tool) else _with_tool(commands, tool)

    def placed_first(self) -> list[SpokenCommand] | None:
        """The place first: "on the blue block, put the red block"."""
        reader = self._reader
        if not reader.ahead(small.RELATIONS):
            return None
        relation = small.RELATIONS[reader.match(small.RELATIONS)]
        relation, reference = beside(relation, resolved(self._nouns.name(), self._mentions))
        if reader.ahead(small.RELATIONS):
            within = self._places.place(SpokenCommand(Verb.PLACE, (), relation, reference))
            relation, reference = within.relation, within.reference or reference
        if reader.match([*small.BECOMES, *_WANTED]):
            names = read_names(reader, self._nouns)
            return [settled(SpokenCommand(Verb.PLACE, names, relation, reference), self._mentions)]
        if reader.match(small.IS_WHERE):
            names = read_names(reader, self._nouns)
            while reader.match(small.BECOMES):
                pass
            return [settled(SpokenCommand(Verb.PLACE, names, relation, reference), self._mentions)]
        if reader.peek() == ",":
            reader.take()
        verb = read_verb(reader)
        if verb is None and reader.peek() == "with":
            reader.take()
            verb = Verb.PLACE
        if verb is None and name_ahead(reader):
            names = read_names(reader, self._nouns)
            reader.match(small.BECOMES)
            return [settled(SpokenCommand(Verb.PLACE, names, relation, reference), self._mentions)]
        if verb is None:
            raise reader.stumble()
        commands = self._order(verb)
        if not commands or commands[0].relation is not Relation.NONE:
            raise not_understood(f"'{reference.name}' and what follows are two places: say one")
        return [replace(commands[0], relation=relation, reference=reference), *commands[1:]]

    def _use_as_place(self, place: ObjectPhrase) -> list[SpokenCommand]:
        """ "Use the plate as the place for the block"."""
        reader = self._reader
        if not reader.match(_PLACES_OF):
            raise reader.stumble("use it to do what?")
        names = read_names(reader, self._nouns)
        return [settled(SpokenCommand(Verb.PLACE, names, on_or_in(place), place), self._mentions)]


def _with_tool(commands: list[SpokenCommand], tool: ObjectPhrase) -> list[SpokenCommand]:
    if not commands:
        raise not_understood(f"what to do with the {tool.text} was not said")
    return [replace(commands[0], tool=tool), *commands[1:]]
