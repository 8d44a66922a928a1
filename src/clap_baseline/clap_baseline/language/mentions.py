"""What "it", "one" and "the other" stand for: things named before, in the order of the text."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import Command
from clap_baseline.language.inflection import singular
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood


class Mentions:
    """Things named so far.

    Attributes:
        last_noun: noun of the thing named last.
        previous: the command of the clause before.
    """

    def __init__(self) -> None:
        self._named: list[ObjectPhrase] = []
        self._topics: list[ObjectPhrase] = []
        self.last_noun = ""
        self.previous: Command | None = None

    def add(self, phrase: ObjectPhrase) -> None:
        """Remember a thing as the one named last."""
        if not phrase.is_pronoun:
            self._named.append(phrase)

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
        """Refuse things of which nothing was said in the end.

        Raises:
            ClapError: NOT_UNDERSTOOD, naming the first.
        """
        if self._topics:
            raise not_understood(f"what to do with '{self._topics[0].text}' was not said")

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


def opens(phrase: ObjectPhrase) -> bool:
    """Whether a thing opens and closes."""
    known = knowledge().opens
    return phrase.noun in known or phrase.head in known or phrase.part.split()[-1:] == ["drawer"]
