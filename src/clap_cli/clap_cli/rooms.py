"""The packages of the stack and their imports, read from the sources and drawn."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from html import escape
from pathlib import Path

BOX_WIDTH, BOX_HEIGHT = 150, 40
GAP_X, GAP_Y = 24, 64
MARGIN = 24

Imports = Mapping[str, frozenset[str]]


def imports_of(sources: Path) -> dict[str, frozenset[str]]:
    """For each of our packages below `sources`, those of ours that its code imports."""
    packages = {path.parent.name: path.parent for path in sources.glob("clap_*/package.xml")}
    return {
        name: frozenset(imported_modules(folder / name) & (packages.keys() - {name}))
        for name, folder in sorted(packages.items())
    }


def imported_modules(code: Path) -> set[str]:
    """Top-level names of all that the code in a folder imports."""
    names: set[str] = set()
    for path in code.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    return {name.split(".")[0] for name in names}


def floors(imports: Imports) -> list[list[str]]:
    """The packages by floor: each stands above all that it imports.

    Raises:
        ValueError: packages import each other in a circle.
    """
    below: dict[str, int] = {}
    while len(below) < len(imports):
        ready = {
            name: 1 + max((below[other] for other in others), default=-1)
            for name, others in imports.items()
            if name not in below and others <= below.keys()
        }
        if not ready:
            raise ValueError(f"a circle among {', '.join(sorted(imports.keys() - below.keys()))}")
        below |= ready
    return [
        sorted(name for name, floor in below.items() if floor == level)
        for level in range(max(below.values()) + 1)
    ]


def direct(imports: Imports) -> list[tuple[str, str]]:
    """The arrows to draw: imports that no other import leads to as well."""
    return [
        (name, other)
        for name, others in sorted(imports.items())
        for other in sorted(others)
        if not any(other in _reached(imports, third) for third in others - {other})
    ]


def _reached(imports: Imports, name: str) -> set[str]:
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        for other in imports[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached


def picture(imports: Imports) -> str:
    """An SVG of the floors, the lowest at the bottom, with an arrow from each importer."""
    rows = floors(imports)
    widest = max(map(len, rows))
    width = 2 * MARGIN + widest * BOX_WIDTH + (widest - 1) * GAP_X
    height = 2 * MARGIN + len(rows) * BOX_HEIGHT + (len(rows) - 1) * GAP_Y
    places: dict[str, tuple[float, float]] = {}
    for level, row in enumerate(rows):
        left = (width - len(row) * BOX_WIDTH - (len(row) - 1) * GAP_X) / 2
        top = height - MARGIN - BOX_HEIGHT - level * (BOX_HEIGHT + GAP_Y)
        for place, name in enumerate(row):
            places[name] = (left + place * (BOX_WIDTH + GAP_X), top)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="15">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for name, other in direct(imports):
        (x, y), (to_x, to_y) = places[name], places[other]
        lines.append(
            f'<line x1="{x + BOX_WIDTH / 2:g}" y1="{y + BOX_HEIGHT:g}" '
            f'x2="{to_x + BOX_WIDTH / 2:g}" y2="{to_y:g}" stroke="#667" stroke-width="1.4" '
            'marker-end="url(#tip)"/>'
        )
    for name, (x, y) in sorted(places.items()):
        lines.append(
            f'<rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" '
            'fill="#eef3fa" stroke="#456"/>'
            f'<text x="{x + BOX_WIDTH / 2:g}" y="{y + BOX_HEIGHT / 2 + 5:g}" '
            f'text-anchor="middle">{escape(name)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])
