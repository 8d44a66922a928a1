"""Substitutions and the safe part of $(eval)."""

from __future__ import annotations

from pathlib import Path

import pytest

from clap_launch.context import Context, Scope
from clap_launch.errors import LaunchError, Location
from clap_launch.evaluate import condition, substitute

PLACE = Location(Path("/folder/file.launch.yaml"), 7)


@pytest.fixture
def context() -> Context:
    scope = Scope(configurations={"x": "3", "name": "mug"}, environment={"HOME": "/home/me"})
    return Context(scope, files=[Path("/folder/file.launch.yaml")], initial_environment={})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain $ text", "plain $ text"),
        ("$(var x)", "3"),
        ("a$(var x)b$(var name)", "a3bmug"),
        ("$(var missing fallback)", "fallback"),
        ("$(env HOME)/bin", "/home/me/bin"),
        ("$(env NOT_THERE 'a default')", "a default"),
        ("$(env NOT_THERE $(var name))", "mug"),
        (r"\$(var x)", "$(var x)"),
        ("$(dirname)/../config", "/folder/../config"),
        ("$(filename)", "/folder/file.launch.yaml"),
        ("$(eval '$(var x) + 1')", "4"),
        ('$(eval \'"$(var name)" == "mug" and $(var x) > 2\')', "True"),
        ('$(eval \'"wrist" in "front,wrist".split(",")\')', "True"),
        ("$(eval 'max(1, math.floor(2.7))')", "2"),
        ("$(not false)", "true"),
        ("$(and true $(not 0))", "true"),
        ("$(or false 0)", "false"),
        ("$(equals 1 1.0)", "true"),
        ("$(not-equals $(var name) plate)", "true"),
        ("$(if true yes no)", "yes"),
    ],
)
def test_a_substitution_gives_its_value(context: Context, text: str, expected: str) -> None:
    assert substitute(text, context, PLACE) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("$(vra x)", "Did you mean 'var'"),
        ("$(var nmae)", "Did you mean 'name'"),
        ("$(env NOT_THERE)", "NOT_THERE is not set"),
        ("$(var x", "is not closed"),
        ("$(eval 'x", "quote ' is not closed"),
        ("$(var)", "got 0 arguments"),
        ("$(find-pkg-share no_such_package)", "'no_such_package' is not in the ament index"),
        ("$(find-exec no_such_program)", "not on the PATH"),
        ("$(command 'ls')", "not supported by this runner"),
        ("$(not maybe)", "'maybe' is not a condition"),
        ("$(eval '__import__(\"os\")')", "not a function that may be used"),
        ("$(eval '().__class__')", "is not allowed"),
        ("$(eval 'mug == 1')", "unknown name 'mug'"),
        ("$(eval '1 /')", "is not an expression"),
        ("$(eval '1 / 0')", "division by zero"),
    ],
)
def test_a_wrong_one_names_file_line_and_cure(context: Context, text: str, part: str) -> None:
    with pytest.raises(LaunchError) as caught:
        substitute(text, context, PLACE)
    assert str(caught.value).startswith("/folder/file.launch.yaml:7: ")
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), (" True ", True), ("1", True), ("0", False)]
)
def test_conditions_are_those_of_ros(context: Context, text: str, expected: bool) -> None:
    assert condition(text, context, PLACE) is expected


def test_anonymous_names_are_the_same_for_the_same_name(context: Context) -> None:
    first = substitute("$(anon cam)", context, PLACE)
    assert first.startswith("cam_")
    assert substitute("$(anon cam)", context, PLACE) == first
    assert substitute("$(anon other)", context, PLACE) != first
