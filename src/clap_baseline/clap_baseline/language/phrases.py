"""What a noun phrase says of a thing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clap_baseline.language.attributes import COLOURS, TONES

PUT_DOWN = " put down before"
OTHER_THAN = " other than "


@dataclass(frozen=True)
class ObjectPhrase:
    """A noun phrase, understood.

    As text (`text`) it reads, in this order: ``any | first of 2``, choice (``left``, ``second``),
    attributes and nouns, ``from left``, ``of`` what it is a part of, ``other than`` what it is
    not, ``put down before``.

    Attributes:
        words: attributes and nouns, canonical; the head last. Empty for a pronoun.
        choices: by place or size, e.g. ``left``, ``near``, ``large``.
        ordinal: ``second`` and the like, counted from `side`.
        side: where counting starts: left, right, near, far, top, bottom.
        quantifier: ``any``, ``all``, ``both``, ``other`` or "".
        count: how many, when a number was said.
        part: part of it that was named, e.g. ``handle``.
        whole: what it is a part of or belongs to, e.g. ``safe``.
        other_than: text of the thing that it is not.
        of_count: "2" in ``first of 2 mugs``: the only ones of their kind.
        recalled: it stands for a thing named before, through "it" or "the one you put down".
        put_down: that thing was put down by this plan, so that its name may not fit any more.
        state: ``open`` or ``closed``, where it was said to be that.
        said: the first word as it was said, for messages.
    """

    words: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    ordinal: str = ""
    side: str = ""
    quantifier: str = ""
    count: int | None = None
    part: str = ""
    whole: str = ""
    other_than: str = ""
    of_count: int = 0
    recalled: bool = False
    put_down: bool = False
    state: str = ""
    said: str = ""

    @property
    def is_pronoun(self) -> bool:
        """Whether it stands for something said before."""
        return not self.words

    @property
    def noun(self) -> str:
        """Everything from the first word that is no colour: ``light bulb``."""
        kept = list(self.words)
        while len(kept) > 1 and (kept[0] in COLOURS or kept[0] in TONES):
            kept.pop(0)
        return " ".join(kept)

    @property
    def head(self) -> str:
        """The noun that says what kind of thing it is."""
        return self.words[-1] if self.words else ""

    @property
    def lacks_noun(self) -> bool:
        """Whether there are only attributes: "the red"."""
        return bool(self.words) and all(word in COLOURS or word in TONES for word in self.words)

    @property
    def is_bare(self) -> bool:
        """Whether it is a noun and nothing else: "the drawer"."""
        more = self.choices or self.ordinal or self.count or self.part or self.whole
        return bool(self.words) and self.noun == " ".join(self.words) and not more

    @property
    def is_fleeting(self) -> bool:
        """Whether its name may fit another thing once it has been moved."""
        return bool(self.choices or self.ordinal or self.other_than or self.of_count) or (
            self.quantifier in ("any", "other")
        )

    @property
    def name(self) -> str:
        """Attributes and nouns, with what it is a part of."""
        return " ".join((*self.words, *(("of", self.whole) if self.whole else ())))

    @property
    def text(self) -> str:
        """Canonical words without article; empty for a pronoun."""
        if self.is_pronoun:
            return ""
        front = ["any"] if self.quantifier == "any" else []
        ordinal = [self.ordinal] if self.ordinal else []
        if self.of_count:
            ordinal += ["of", str(self.of_count)]
        back = ["from", self.side] if self.ordinal and self.side else []
        whole = ["of", self.whole] if self.whole else []
        text = " ".join([*front, *ordinal, *self.choices, *self.words, *back, *whole])
        if self.other_than:
            text += OTHER_THAN + self.other_than
        return text + (PUT_DOWN if self.put_down else "")

    def with_noun(self, noun: str) -> ObjectPhrase:
        """The same of another noun."""
        return replace(self, words=(*self.words, *noun.split()))
