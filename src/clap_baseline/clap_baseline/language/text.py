"""From what was typed or heard to clean lower-case words; refuses what is no English sentence."""

from __future__ import annotations

import re
import unicodedata

from clap_baseline.language.small_words import CONTRACTIONS, WHAT_CAN_BE_SAID
from clap_baseline.language.verbs import words
from clap_core.errors import ClapError, ErrorCode

MAX_LENGTH = 1000
"""Characters of the longest instruction that is read."""

STOP = "."
"""The token between sentences."""

_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[,;.:!?]")
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[{}<>\[\]\\|=$^~]")

_LOOKS_LIKE = str.maketrans(
    {
        **dict(zip("авекмнорстухіјѕԁԛԝһ", "abekmhopctyxijsdqwh", strict=True)),
        **dict(zip("αβεικνορτυχ", "abeikvoptux", strict=True)),
        "ı": "i",
        "ɡ": "g",
        "ո": "n",
        "ѵ": "v",
    }
)
"""Cyrillic, Greek and other lower-case letters that look like Latin ones."""

_FOREIGN = words(
    "der das den dem ein eine einen und auf neben mit zur zum bitte nach "
    "el los las del pon una con junto por favor coloca abre cierra coge "
    "le les des dans sur côté mets prends ouvre ferme une de la du et "
    "il lo della nel accanto metti prendi apri chiudi sul "
    "coloque pegue abra feche ao uma na "
    "het een naast zet pak op van"
)
"""Small words and verbs of German, Spanish, French, Italian, Portuguese and Dutch that are no
English words."""
_ENOUGH_FOREIGN = 2


def not_understood(reason: str) -> ClapError:
    """A NOT_UNDERSTOOD error that lists what can be said."""
    return ClapError(ErrorCode.NOT_UNDERSTOOD, reason, WHAT_CAN_BE_SAID)


def any_number(said: str) -> ClapError:
    """How many things are meant was not said."""
    return not_understood(f"'{said}' could be any number of things: name them one by one")


def tokens_of(instruction: str) -> list[str]:
    """Words, commas and STOPs of an instruction.

    Letters of other scripts that look like Latin ones count as those, in words that have Latin
    letters too.

    Raises:
        ClapError: EMPTY_INSTRUCTION, or NOT_UNDERSTOOD for what is too long, holds control
            characters or code, or is another language.
    """
    if len(instruction) > MAX_LENGTH:
        raise not_understood(f"the instruction is longer than {MAX_LENGTH} characters")
    text = unicodedata.normalize("NFKC", instruction).replace("\u2019", "'")
    hidden = [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co") and not c.isspace()]
    if hidden:
        raise not_understood(f"the instruction has the control character U+{ord(hidden[0]):04X}")
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").lower()
    if not _WORD.search(text):
        raise ClapError(
            ErrorCode.EMPTY_INSTRUCTION, "the instruction has no words", WHAT_CAN_BE_SAID
        )
    code = _CODE.search(text)
    if code:
        raise not_understood(f"'{code.group()}' belongs to code, not to a sentence")
    text = _WORD.sub(_latin, text)
    text = re.sub(r"\b(left|right|top|bottom|upper|lower)-most\b", r"\1most", text)
    text = re.sub(r"\b(left|right)[- ]hand(?= side\b)", r"\1", text)
    text = re.sub(r"\b(left|right)-hand\b", r"\1", text)
    text = re.sub(r"\b(light|dark|pale|deep|bright)-(?=[a-z])", r"\1 ", text)
    text = re.sub(r"\b(\d+) ?x(?=\W|$)", r"\1 times", text)
    text = re.sub(r"\s[-\u2013\u2014]\s", ", ", text)
    text = re.sub(r"\b(as well as|together with|along with|plus)\b|&", "and", text)
    text = re.sub(r"\bfor (\w+) times\b", r"\1 times", text)
    tokens = [STOP if token in ";.:!?" else token for token in _TOKEN.findall(text)]
    foreign = [token for token in tokens if token in _FOREIGN]
    if len(foreign) >= _ENOUGH_FOREIGN:
        raise _no_english(" ".join(foreign[:2]))
    return [word for token in tokens for word in CONTRACTIONS.get(token, (token,))]


def _latin(match: re.Match[str]) -> str:
    """A word without look-alike letters; an error where it is not English."""
    word = match.group()
    if word.isascii():
        return word
    plain = word.translate(_LOOKS_LIKE)
    if plain.isascii() and any(letter.isascii() for letter in word):
        return plain
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    if bare.isascii():
        return word
    raise _no_english(word)


def _no_english(words: str) -> ClapError:
    return ClapError(
        ErrorCode.NOT_UNDERSTOOD,
        f"'{words}' is not English, and only English is spoken here",
        WHAT_CAN_BE_SAID,
    )
