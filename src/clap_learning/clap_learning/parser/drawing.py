"""Sentences drawn from the patterns, with the goals that they mean."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from clap_core.task_types import Relation
from clap_learning.parser.goals import PLACES, Goal
from clap_learning.parser.names import Name, NameDrawer
from clap_learning.parser.wordings import Forms, Wordings

_SINGLE = {
    "put": 10,
    "pick": 4,
    "press": 3,
    "press_twice": 0.6,
    "press_thrice": 0.4,
    "open": 3,
    "close": 3,
    "push": 3,
    "drag": 1.2,
    "screw_in": 1,
    "screw_on": 1,
    "release": 0.8,
}
"""How often each kind is drawn."""

_REFUSED, _SHARED, _JOINED = 0.16, 0.3, 0.22
"""Shares of sentences; the rest asks for one thing."""

_IS_PLAIN = 0.2
"""How often an order is what most people say."""

_WITHOUT_RELATION = 0.1
"""How often the verb alone says where: "top the plate with the bun"."""

_IT = 0.5
"""How often a second order says "it" of what the first one was about."""

_FRAMED = 0.3
"""How often a sentence of several orders has a frame."""

_BARE = 0.2
"""How often several things are said without any article: "apple, pear and plum"."""

_AND_MORE = 0.2
"""How often one more order follows what asks for several things."""

_MORE = ("{s}, then {vp}", "{s}. Then {vp}", "{s}; after that {vp}", "{s}, and finally {vp}")

_SLOT = re.compile(r"\{(\w+)\}")
_AFTER_PICK = ("put", "release", "push")


@dataclass(frozen=True)
class Drawn:
    """A sentence.

    Attributes:
        sentence: as a person says or types it.
        goals: what it means; None if it must be refused.
    """

    sentence: str
    goals: tuple[Goal, ...] | None


@dataclass(frozen=True)
class _Order:
    """One kind of goal, with its names drawn."""

    forms: Forms
    slots: dict[str, str]
    goals: tuple[Goal, ...]


class SentenceDrawer:
    """Draws sentences.

    Args:
        wordings: the patterns.
        rng: source of every choice.
    """

    def __init__(self, wordings: Wordings, rng: random.Random) -> None:
        self._all = wordings
        self._rng = rng
        self._names = NameDrawer(wordings.nouns, rng)

    def draw(self) -> Drawn:
        """One sentence."""
        kind = self._rng.random()
        if kind < _REFUSED:
            return Drawn(self._typed(self._refused()), None)
        if kind < _REFUSED + _SHARED:
            said, goals = self._shared()
        elif kind < _REFUSED + _SHARED + _JOINED:
            said, goals = self._joined()
        else:
            order = self._order()
            said, goals = self._single(order), order.goals
        return Drawn(self._typed(said), goals)

    # one goal

    def _order(self, about: Name | None = None, forms: tuple[str, ...] = ()) -> _Order:
        form = self._rng.choices(*zip(*_SINGLE.items(), strict=True))[0]
        if forms:
            form = self._rng.choice(forms)
        kind = form.partition("_")[0]
        draw: dict[str, Callable[[], Name]] = {
            "press": self._names.button,
            "open": self._names.container,
            "close": self._names.container,
        }
        a = about or draw.get(kind, self._names.thing)()
        b, t = self._other(self._names.place, a), self._other(self._names.tool, a)
        relation = self._rng.choice(tuple(PLACES))
        slots = {
            "a": a.said,
            "b": b.said,
            "t": t.said,
            "rel": self._rng.choice(self._all.place_phrases[relation]),
            "tow": self._rng.choice(self._all.towards_phrases),
        }
        if kind == "put":
            goals: tuple[Goal, ...] = (Goal("put", a.meant, relation, b.meant),)
            if self._maybe(_WITHOUT_RELATION):
                return _Order(self._all.put_without_rel[relation], slots, goals)
        elif kind == "screw":
            where = Relation.IN if form == "screw_in" else Relation.ON
            goals = (Goal("screw", a.meant, where, b.meant),)
        elif kind == "push":
            goals = (Goal("push", a.meant, Relation.TOWARDS, b.meant),)
        elif kind == "drag":
            goals = (Goal("drag", a.meant, Relation.TOWARDS, b.meant, t.meant),)
        else:
            times = {"press_twice": 2, "press_thrice": 3}.get(form, 1)
            goals = (Goal(kind, a.meant),) * times
        return _Order(self._all.patterns[form], slots, goals)

    def _other(self, draw: Callable[[], Name], *than: Name) -> Name:
        """A name of something else."""
        while True:
            name = draw()
            if all(name.meant != one.meant for one in than):
                return name

    def _single(self, order: _Order) -> str:
        forms = order.forms
        ways = [("vp", 6)] + [
            (way, weight)
            for way, weight in (("ving", 1), ("passive", 3), ("topic", 2))
            if getattr(forms, way)
        ]
        way = self._rng.choices(*zip(*ways, strict=True))[0]
        said = self._form(order, way)
        if way == "vp":
            return (
                self._rng.choice(self._all.frames_vp).replace("{vp}", said)
                if self._maybe(0.6)
                else said
            )
        if way == "ving":
            return self._rng.choice(self._all.frames_ving).replace("{ving}", said)
        return (
            self._rng.choice(self._all.frames_whole).replace("{s}", said)
            if self._maybe(0.4)
            else said
        )

    def _form(self, order: _Order, way: str) -> str:
        if way == "vp" and len(order.goals) == 1 and self._maybe(_IS_PLAIN):
            goal = order.goals[0]
            where = "into" if goal.relation is Relation.IN else "onto"
            slots = order.slots | ({"rel": where} if goal.kind == "screw" else {})
            return _filled(self._rng.choice(self._all.plain[goal.kind]), slots)
        return _filled(self._rng.choice(getattr(order.forms, way)), order.slots)

    # several goals

    def _joined(self) -> tuple[str, tuple[Goal, ...]]:
        join = self._rng.choice(self._all.joins)
        count = max(int(slot[-1]) for slot in _SLOT.findall(join))
        orders: list[_Order] = []
        for _ in range(count):
            orders.append(self._next_order(orders[-1] if orders else None, join))
        slots = {}
        for slot in _SLOT.findall(join):
            way, number = slot[:-1], int(slot[-1])
            order = orders[number - 1]
            way = way if getattr(order.forms, way, ()) else "vp"
            slots[slot] = self._form(order, way)
        said = _filled(join, slots)
        if self._maybe(_FRAMED):
            said = self._rng.choice(self._all.frames_vp).replace("{vp}", said)
        goals: tuple[Goal, ...] = ()
        for order in orders:
            # To pick up what is then put somewhere is part of putting it there.
            if (
                goals
                and order.slots["a"] == "it"
                and goals[-1].kind == "pick"
                and order.goals[0].kind == "put"
            ):
                goals = goals[:-1]
            goals += order.goals
        return said, goals

    def _next_order(self, before: _Order | None, join: str) -> _Order:
        """An order; now and then about what the one before was about, which is "it" then."""
        in_order = join.find("1}") < join.find("2}")
        if before is None or len(before.goals) > 1 or not in_order or not self._maybe(0.35):
            return self._order()
        goal = before.goals[0]
        forms = {"pick": _AFTER_PICK, "open": ("close",), "close": ("open",), "put": ("push",)}.get(
            goal.kind
        )
        if forms is None:
            return self._order()
        said = "it" if self._maybe(_IT) else before.slots["a"]
        if goal.kind == "pick" and said != "it":
            return self._order()
        return self._order(Name(said, goal.thing, goal.thing), forms)

    def _shared(self) -> tuple[str, tuple[Goal, ...]]:
        groups = tuple(self._all.shared.values())
        often = [math.sqrt(len(group.say)) for group in groups]
        several = self._rng.choices(groups, often)[0]
        names: dict[str, Name] = {}
        for slot, kind in several.names.items():
            if slot == "n":
                names[slot] = self._names.noun(kind)
            else:
                names[slot] = self._other(getattr(self._names, kind), *names.values())
        relations = {
            slot: self._rng.choice(several.relations.get(slot, tuple(PLACES)))
            for slot in ("rel", "rel2")
        }
        attributes = dict(zip(("col1", "col2"), self._names.two_attributes(), strict=True))
        bare = self._maybe(_BARE)
        said = {slot: name.meant if bare else name.said for slot, name in names.items()}
        said |= attributes
        for slot, relation in relations.items():
            said[slot] = self._rng.choice(self._all.place_phrases[relation])
        meant = {slot: name.meant for slot, name in names.items()} | attributes
        goals = tuple(_goal(line, relations, meant) for line in several.means)
        sentence = _filled(self._rng.choice(several.say), said)
        if self._maybe(_FRAMED):
            sentence = self._rng.choice(self._all.frames_whole).replace("{s}", sentence)
        if self._maybe(_AND_MORE):
            more = self._order()
            then = {"s": sentence, "vp": self._form(more, "vp")}
            return _filled(self._rng.choice(_MORE), then), goals + more.goals
        return sentence, goals

    # what is refused

    def _refused(self) -> str:
        draw = self._rng.random()
        if draw < 0.4:
            said = self._rng.choice(self._all.refused)
        else:
            order = self._order()
            slots = order.slots | {"c": self._other(self._names.place).said}
            said = _filled(self._rng.choice(self._all.refused_patterns), slots)
        if self._maybe(0.25):
            fine = self._form(self._order(), "vp")
            join = self._rng.choice(
                ("{x} and {y}", "{x}, then {y}", "{x}. {y}", "{x} and then {y}")
            )
            x, y = (said, fine) if self._maybe(0.5) else (fine, said)
            said = _filled(join, {"x": x, "y": y})
        return said

    # how it is typed

    def _typed(self, said: str) -> str:
        said = re.sub(r" ,", ",", re.sub(r"\s+", " ", said)).strip()
        said = re.sub(r",([,.?!])", r"\1", said).rstrip(",")
        if self._maybe(0.3):
            said = said[0].upper() + said[1:]
        if self._maybe(0.3) and said[-1].isalnum():
            said += self._rng.choice((".", ".", "!"))
        elif self._maybe(0.3):
            said = said.rstrip(".?!") or said
        return said

    def _maybe(self, share: float) -> bool:
        return self._rng.random() < share


def _filled(pattern: str, slots: dict[str, str]) -> str:
    return _SLOT.sub(lambda found: slots[found[1]], pattern)


def _goal(line: str, relations: Mapping[str, Relation], meant: dict[str, str]) -> Goal:
    """A goal's line with slots, filled. Names are filled in last: one may say "on"."""
    goal = Goal.of(_SLOT.sub(lambda found: _word(found[1], relations), line))
    return replace(
        goal,
        thing=_filled(goal.thing, meant),
        reference=_filled(goal.reference, meant),
        tool=_filled(goal.tool, meant),
    )


def _word(slot: str, relations: Mapping[str, Relation]) -> str:
    return relations[slot].value if slot in relations else f"{{{slot}}}"
