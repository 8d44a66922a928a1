"""What "it", "one" and "the other" stand for: things named before, in the order of the text."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.inflection import singular
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood

_SEVERAL = 2


class Mentions:
    """Things named so far.

    Attributes:
        last_noun: noun of the thing named last.
        previous: the command of the clause before.
        opened: what was to be opened last.
    """

    def __init__(self) -> None:
        self._named: list[ObjectPhrase] = []
        self._topics: list[ObjectPhrase] = []
        self.last_noun = ""
        self.previous: SpokenCommand | None = None
        self.opened: ObjectPhrase | None = None

    def add(self, phrase: ObjectPhrase) -> None:
        """Remember a thing as the one named last."""
        if not phrase.is_pronoun:
            self._named.append(phrase)
            self._topics = [topic for topic in self._topics if topic.text != phrase.text]

    @property
    def last_place(self) -> ObjectPhrase | None:
        """Where the clause before placed something."""
        return self.previous.reference if self.previous is not None else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been named."""
        return not self._named

    def add_topic(self, phrase: ObjectPhrase) -> None:
        """Remember a thing of which nothing has been said yet: "the red mug, ..."."""
        self.add(phrase)
        self._topics.append(phrase)

    def check_topics(self) -> None:
        """Refuse things that were named, but with which nothing is done.

        Raises:
            ClapError: NOT_UNDERSTOOD, naming the first.
        """
        if self._topics:
            raise not_understood(f"what to do with '{self._topics[0].text}' was not said")

    def listed(self, name: ObjectPhrase) -> tuple[ObjectPhrase, ...]:
        """What "them" and "the buttons" stand for after "the red one, then the green one, ..."."""
        topics = self._topics
        kind = singular(name.noun)
        named = all(topic.lacks_noun or singular(topic.noun) == kind for topic in topics)
        plural = name.said == "them" or (name.is_bare and kind != name.noun and named)
        before = self.previous.objects if self.previous is not None else ()
        if not topics and name.said == "them" and len(before) >= _SEVERAL:
            return tuple(replace(one, recalled=True, state="") for one in before)
        if len(topics) < _SEVERAL or not plural:
            return (name,)
        self._topics = []
        return tuple(
            topic.with_noun(kind) if topic.lacks_noun and kind else topic for topic in topics
        )

    def resolve(
        self, pronoun: ObjectPhrase, apart_from: tuple[str, ...] = (), only_opens: bool = False
    ) -> ObjectPhrase:
        """What a pronoun stands for: the last thing named that can be meant.

        Args:
            pronoun: e.g. "it".
            apart_from: texts of things that it is not.
            only_opens: whether it opens and closes.

        Raises:
            ClapError: NOT_UNDERSTOOD when there is none.
        """
        for named in reversed(self._named):
            if named.text in apart_from or (only_opens and not opens(named)):
                continue
            self._topics = [topic for topic in self._topics if topic != named]
            return replace(named, part=pronoun.part or named.part, recalled=True, state="")
        kind = " that opens or closes" if only_opens else ""
        raise not_understood(f"nothing{kind} was named before that '{pronoun.said}' could mean")

    def same_thing(
        self, name: ObjectPhrase, apart_from: tuple[str, ...] = ()
    ) -> ObjectPhrase | None:
        """What "the drawer" means after "the top drawer": the last one of that noun.

        Raises:
            ClapError: NOT_UNDERSTOOD when the clause before named two of them.
        """
        if name.quantifier or name.said in ("a", "an", "another") or not name.is_bare:
            return None
        fitting = [named for named in self._named if named.text not in apart_from]
        fitting = [named for named in fitting if _is_a(named, name)]
        if not fitting or _whole(fitting[-1]) == _whole(name):
            return None
        last = self.previous
        if last is not None:
            near = {
                _whole(one) for one in (*last.objects, last.reference) if one and _is_a(one, name)
            }
            if len(near) > 1:
                raise not_understood(
                    f"'{name.name}' could be {' or '.join(sorted(near))}: say which"
                )
        return replace(fitting[-1], recalled=True, state="")

    def noun_for(self, attributes: tuple[str, ...], default: str) -> str:
        """The noun that "one" stands for in "the lime one"."""
        for named in reversed(self._named):
            if attributes and set(attributes) <= set(named.words):
                return named.noun
        return default or self.last_noun

    def attributes(self, noun: str) -> tuple[str, ...]:
        """Attributes of the thing of a noun that was named last: another one has them too."""
        for named in reversed(self._named):
            if named.noun == (noun or self.last_noun):
                return named.words[: len(named.words) - len(named.noun.split())]
        return ()

    def other_than(self, phrase: ObjectPhrase) -> str:
        """Text of the thing that "the other mug" is not; "" when none was named."""
        noun = singular(phrase.noun)
        for named in reversed(self._named):
            if singular(named.noun) == noun or singular(named.head) == noun:
                return named.text
        return ""

    def put_down_last(self) -> ObjectPhrase:
        """The thing that "the one you just put down" means.

        Raises:
            ClapError: NOT_UNDERSTOOD when nothing was named.
        """
        return self.resolve(ObjectPhrase(said="the one you put down"))


def _is_a(named: ObjectPhrase, name: ObjectPhrase) -> bool:
    """Whether a bare name fits what was named with more words."""
    part = named.part.split()[-1:]
    return named.noun == name.noun or [named.head] == [name.noun] or part == [name.noun]


def _whole(name: ObjectPhrase) -> str:
    return f"{name.part} of {name.text}" if name.part else name.text


def opens(phrase: ObjectPhrase) -> bool:
    """Whether a thing opens and closes."""
    known = knowledge().opens
    return phrase.noun in known or phrase.head in known or phrase.part.split()[-1:] == ["drawer"]
