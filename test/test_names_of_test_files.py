"""What pytest needs of this folder as a whole, for a run of a part cannot show it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent


def test_no_two_modules_share_a_name() -> None:
    """Test folders are no packages: the second module of a name is an error of collection."""
    names = Counter(module.name for module in HERE.rglob("*.py") if module.name != "conftest.py")

    assert [name for name, times in names.items() if times > 1] == []
