"""What may be typed, and what is offered."""

from __future__ import annotations

import pytest

from clap_console.page.sentence import LONGEST, checked_sentence, suggestions
from clap_core.errors import ClapError, ErrorCode


def test_spaces_around_a_sentence_do_not_matter() -> None:
    assert checked_sentence("  pick up the red mug \n") == "pick up the red mug"


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("", ErrorCode.EMPTY_INSTRUCTION, "Say what"),
        (" \n", ErrorCode.EMPTY_INSTRUCTION, "Say what"),
        ("x" * 10_000, ErrorCode.INVALID_REQUEST, "10000 characters"),
        ("one\ntwo", ErrorCode.INVALID_REQUEST, "one line"),
        ("a\x1b[31mb", ErrorCode.INVALID_REQUEST, "control"),
        (None, ErrorCode.INVALID_REQUEST, "no text"),
        (["pick", "up"], ErrorCode.INVALID_REQUEST, "no text"),
    ],
)
def test_what_is_no_sentence_is_refused_in_words(text: object, code: ErrorCode, word: str) -> None:
    with pytest.raises(ClapError, match=word) as caught:
        checked_sentence(text)
    assert caught.value.code is code


def test_the_longest_sentence_passes_and_so_does_a_script_which_is_only_text() -> None:
    assert len(checked_sentence("x" * LONGEST)) == LONGEST
    assert checked_sentence("<script>alert(1)</script>") == "<script>alert(1)</script>"


def test_the_scenes_own_names_are_offered() -> None:
    offered = suggestions(["red mug at (0.35, 0.25)", "white plate", "white plate", ""])
    assert "pick up the red mug" in offered
    assert "put the red mug next to the white plate" in offered
    assert not any("(" in sentence for sentence in offered)
    assert len(set(offered)) == len(offered)


def test_where_nothing_was_seen_the_demos_are_offered() -> None:
    assert "put the red mug next to the plate" in suggestions([])


def test_a_full_table_does_not_flood_the_list() -> None:
    assert len(suggestions([f"thing {number}" for number in range(50)])) <= 24
