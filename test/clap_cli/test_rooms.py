"""The house as drawn and as told is the house as built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clap_cli.rooms import direct, floors, imports_of, picture

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = imports_of(ROOT / "src")


def told() -> dict[str, frozenset[str]]:
    """CONTRIBUTING's table: what each package may import."""
    table = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^\| `src/(clap_\w+)` \| .* \| (.*) \|$", table, re.M)
    everything = frozenset(IMPORTS)
    return {
        name: everything - {name}
        if cell == "everything"
        else frozenset(f"clap_{word}" for word in re.findall(r"\w+", cell))
        for name, cell in rows
    }


def test_the_table_names_every_package() -> None:
    assert told().keys() == IMPORTS.keys()


@pytest.mark.parametrize("package", sorted(IMPORTS))
def test_a_package_imports_only_what_the_table_allows(package: str) -> None:
    assert IMPORTS[package] <= told()[package]


def test_the_table_allows_no_more_than_is_imported() -> None:
    spare = {name: told()[name] - IMPORTS[name] for name in IMPORTS if name != "clap_cli"}
    assert {name: extra for name, extra in spare.items() if extra} == {}


def test_the_picture_is_todays() -> None:
    drawn = (ROOT / "docs/architecture.svg").read_text()
    assert drawn == picture(IMPORTS), "draw it anew: ./clap architecture"


def test_no_two_packages_import_each_other() -> None:
    rows = floors(IMPORTS)
    assert "clap_core" in rows[0]
    assert "clap_cli" in rows[-1]
    with pytest.raises(ValueError, match="circle among a, b"):
        floors({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset()})


def test_arrows_that_follow_from_others_are_left_out() -> None:
    imports = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}
    assert direct(imports) == [("a", "b"), ("b", "c")]
