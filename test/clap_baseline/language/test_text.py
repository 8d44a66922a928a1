"""What is taken for an English sentence."""

from __future__ import annotations

import pytest

from clap_baseline.language.text import tokens_of
from clap_core.errors import ClapError, ErrorCode


@pytest.mark.parametrize(
    "text",
    [
        "pick up the r\u0435d mug",  # Cyrillic e
        "p\u0456ck up the red mug",  # Ukrainian i
        "pick up the red \u217fug",  # Roman numeral m
        "pick up the red mu\u0261",
        "\uff50\uff49\uff43\uff4b up the red mug",
        "pick\u200b up the red mug",
    ],
)
def test_letters_that_look_alike_are_the_same(text: str) -> None:
    assert tokens_of(text) == ["pick", "up", "the", "red", "mug"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("поставь кружку", "English"),
        ("stell die Tasse auf den Teller", "English"),
        ("把杯子放下", "English"),
        ("x " * 5000, "1000 characters"),
        ("pick up the mug\x00", "U+0000"),
        ("pick up the mug \x1b[31m", "U+001B"),
        ('{"action": "grasp"}', "code"),
    ],
)
def test_other_things_are_refused_and_named(text: str, named: str) -> None:
    with pytest.raises(ClapError, match=named.replace("+", r"\+")) as caught:
        tokens_of(text)
    assert caught.value.code is ErrorCode.NOT_UNDERSTOOD
