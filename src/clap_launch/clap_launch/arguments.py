"""The arguments of a launch file: finding them without starting anything, and reading values."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from clap_launch import document, schema
from clap_launch.context import Context, Scope
from clap_launch.description import Argument
from clap_launch.document import Element
from clap_launch.errors import LaunchError, suggest
from clap_launch.evaluate import substitute


def parse_assignments(words: Iterable[str]) -> dict[str, str]:
    """Read ``name:=value`` words; where a name comes twice, the last one wins.

    Raises:
        LaunchError: a word does not have this form.
    """
    values = {}
    for word in words:
        name, assignment, value = word.partition(":=")
        if not assignment or not name or not value:
            raise LaunchError(None, f"'{word}' is not a launch argument", "Write it as name:=value")
        values[name] = value
    return values


def declared(file: Path) -> dict[str, Argument]:
    """Every argument of a file and of the files it includes, whatever their conditions say.

    Args:
        file: path of a ``*.launch.yaml``.

    Returns:
        Arguments by name in the order of declaration, without those that an include sets itself.
        Those below a condition are marked.

    Raises:
        LaunchError: a file cannot be read or is not a launch file.
    """
    found: dict[str, Argument] = {}
    context = Context(Scope(environment=dict(os.environ)), files=[], initial_environment={})
    _collect_file(file.absolute(), context, found, hidden=frozenset(), conditional=False)
    return found


def check_known(file: Path, given: Iterable[str]) -> None:
    """Refuse names that the file does not declare.

    Raises:
        LaunchError: a name is unknown; the nearest ones are suggested.
    """
    known = declared(file)
    for name in given:
        if name not in known:
            raise LaunchError(None, f"{file.name} has no argument '{name}'", suggest(name, known))


def describe(file: Path) -> str:
    """The text of ``--show-args``, in the form of ``ros2 launch --show-args``."""
    arguments = declared(file)
    if not arguments:
        return "No arguments."
    lines = ["Arguments (pass arguments as '<name>:=<value>'):"]
    for argument in arguments.values():
        lines += ["", f"    '{argument.name}':{'*' if argument.conditional else ''}"]
        description = argument.description
        if argument.choices:
            description = f"{description.rstrip('.')}. One of: {', '.join(argument.choices)}"
        lines.append(f"        {description}")
        if argument.default is not None:
            lines.append(f"        (default: {argument.default!r})")
    if any(argument.conditional for argument in arguments.values()):
        lines += ["", "* only used under a condition"]
    return "\n".join(lines)


def argument_of(element: Element, conditional: bool = False) -> Argument:
    """The declaration in an ``arg`` element, its default as written."""
    attributes = element.attributes
    description = attributes.get("description")
    default = attributes.get("default")
    return Argument(
        name=str(attributes["name"].value),
        description=str(description.value) if description else "no description given",
        default=str(default.value) if default else None,
        choices=tuple(
            str(choice.attributes["value"].value) for choice in element.elements.get("choice", [])
        ),
        place=element.place,
        conditional=conditional,
    )


def _collect_file(
    path: Path,
    context: Context,
    found: dict[str, Argument],
    hidden: frozenset[str],
    conditional: bool,
) -> None:
    root = document.read(path)
    schema.check(root)
    context.files.append(path)
    _collect(root.children, context, found, hidden, conditional)
    context.files.pop()


def _collect(
    elements: list[Element],
    context: Context,
    found: dict[str, Argument],
    hidden: frozenset[str],
    conditional: bool,
) -> None:
    for element in elements:
        guarded = conditional or "if" in element.attributes or "unless" in element.attributes
        if element.tag == "arg":
            argument = argument_of(element, guarded)
            if argument.name not in hidden:
                found.setdefault(argument.name, argument)
            _set_default(argument, context)
        elif element.tag == "let":
            _set_let(element, context)
        elif element.tag == "include":
            _collect_include(element, context, found, hidden, guarded)
        else:
            _collect(element.children, context, found, hidden, guarded)


def _set_default(argument: Argument, context: Context) -> None:
    # Without values a default may fail to evaluate; then only paths built from it stay unknown.
    if argument.default is not None:
        try:
            value = substitute(argument.default, context, argument.place)
        except LaunchError:
            return
        context.scope.configurations.setdefault(argument.name, value)


def _set_let(element: Element, context: Context) -> None:
    try:
        value = substitute(str(element.attributes["value"].value), context, element.place)
    except LaunchError:
        return
    context.scope.configurations[str(element.attributes["name"].value)] = value


def _collect_include(
    element: Element,
    context: Context,
    found: dict[str, Argument],
    hidden: frozenset[str],
    conditional: bool,
) -> None:
    attribute = element.attributes["file"]
    try:
        path = Path(substitute(str(attribute.value), context, attribute.place)).absolute()
    except LaunchError:
        return
    readable = path.is_file() and path.name.endswith((".yaml", ".yml"))
    if not readable or path in context.files:
        return
    set_here = {
        str(argument.attributes["name"].value) for argument in element.elements.get("arg", [])
    }
    _collect_file(path, context, found, hidden | set_here, conditional)
