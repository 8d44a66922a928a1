"""Colours in names, and what they look like."""

import numpy as np
import pytest

from clap_learning.keypoint.colours import lexicon, readings, split_colours, to_lab


@pytest.mark.parametrize(
    ("name", "colours", "rest"),
    [
        ("red mug", ["red"], "mug"),
        ("dark olive green block", ["dark olive green"], "block"),
        ("burgundy mug", ["burgundy"], "mug"),
        ("yellow and white cup", ["yellow", "white"], "and cup"),
        ("the orange", [], "the orange"),
        ("chocolate box", [], "chocolate box"),
        ("mustard", [], "mustard"),
        ("", [], ""),
    ],
)
def test_a_name_is_split_into_colours_and_thing(name: str, colours: list[str], rest: str) -> None:
    found, left = split_colours(name)
    assert found == tuple(lexicon()[colour] for colour in colours)
    assert left == rest


def test_colours_look_as_people_call_them() -> None:
    lab = to_lab(np.array([[229, 0, 0], [128, 128, 128]], np.uint8))
    assert lexicon()["red"] == pytest.approx(tuple(lab[0]), abs=1e-3)  # XKCD's
    assert lexicon()["gray"] == pytest.approx(tuple(lab[1]), abs=1e-3)  # CSS's alone
    assert lab[1, 1:] == pytest.approx([0.0, 0.0], abs=0.1)


def test_azure_and_violet_are_no_pale_colours() -> None:
    saturation = {name: np.hypot(*lexicon()[name][1:]) for name in ("azure", "violet", "white")}
    assert saturation["azure"] > 40.0
    assert saturation["violet"] > 80.0
    assert saturation["white"] < 5.0


def test_rose_is_what_people_call_so_and_what_lies_between_red_and_magenta() -> None:
    people, wheel = readings("rose")
    assert people == lexicon()["rose"]
    red, magenta = to_lab(np.array([[255, 0, 0], [255, 0, 255]], np.uint8))
    assert red[2] > wheel[2] > magenta[2]
    assert split_colours("rose and red block") == ((people, wheel, lexicon()["red"]), "and block")


@pytest.mark.parametrize(("name", "count"), [("orange", 1), ("red", 1), ("wobbly", 0)])
def test_other_names_have_one_reading_or_none(name: str, count: int) -> None:
    assert len(readings(name)) == count
