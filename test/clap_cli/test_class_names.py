"""One name stands for one thing: no two modules define a public class of the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def sources(root: Path) -> list[Path]:
    """Our Python files under src/: upstream's packages have names of their own makers."""
    upstream = root / "src" / "upstream"
    return [path for path in sorted(root.glob("src/**/*.py")) if upstream not in path.parents]


def public_classes(source: str) -> list[str]:
    """Names of the classes at the top of a module, but those that start with an underscore."""
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return [node.name for node in classes if not node.name.startswith("_")]


def shared_names(modules: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Class names that more than one module defines.

    Args:
        modules: file and source of each.

    Returns:
        name -> the files.
    """
    files: dict[str, list[str]] = defaultdict(list)
    for file, source in modules:
        for name in public_classes(source):
            files[name].append(file)
    return {name: where for name, where in files.items() if len(where) > 1}


def test_no_two_modules_define_a_public_class_of_one_name() -> None:
    paths = sources(ROOT)
    assert len(paths) > 100
    modules = ((str(path.relative_to(ROOT)), path.read_text()) for path in paths)
    assert shared_names(modules) == {}


def test_a_name_that_two_modules_define_is_told_with_its_files() -> None:
    modules = [
        ("a.py", "class Look: ...\nclass _Row: ..."),
        ("b.py", "class Scene:\n    class Row: ..."),
        ("c.py", "class Look: ...\nclass _Row: ..."),
    ]
    assert shared_names(modules) == {"Look": ["a.py", "c.py"]}
