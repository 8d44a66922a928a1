"""Resolves a launch file: includes, groups, conditions and substitutions become plain processes.

Nothing is started here. Scoping follows ROS 2: ``group`` saves and restores; ``include`` does not,
so its arguments stay set afterwards, as they do under ``ros2 launch``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from clap_launch import document, schema
from clap_launch.arguments import argument_of, check_known
from clap_launch.context import Context, Scope
from clap_launch.description import Description, LogMessage, Shutdown
from clap_launch.document import Element
from clap_launch.errors import LaunchError, suggest
from clap_launch.evaluate import condition, substitute
from clap_launch.parameters import untyped
from clap_launch.processes import (
    executable_process,
    join_namespace,
    node_process,
)

_DEEPEST_INCLUDE = 20


def resolve(
    file: Path,
    arguments: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Description:
    """Resolve a launch file.

    Args:
        file: path of a ``*.launch.yaml``.
        arguments: values for its arguments.
        environment: the environment to start from; the process's own where None.

    Returns:
        The processes to run and everything else that the file asks for.

    Raises:
        LaunchError: anything wrong in the files or the arguments, with file and line.
    """
    given = dict(arguments or {})
    start = dict(os.environ if environment is None else environment)
    check_known(file, given)
    scope = Scope(configurations=dict(given), environment=dict(start))
    context = Context(scope, files=[], initial_environment=start)
    description = Description(file.absolute())
    _Resolver(description, context).file(file.absolute(), included_at=None)
    _make_labels_unique(description)
    return description


def _make_labels_unique(description: Description) -> None:
    """Number the labels, ``name-1``, ``name-2``, where several processes share one."""
    totals = Counter(process.label for process in description.processes)
    seen: Counter[str] = Counter()
    for index, process in enumerate(description.processes):
        if totals[process.label] > 1:
            seen[process.label] += 1
            label = f"{process.label}-{seen[process.label]}"
            description.processes[index] = replace(process, label=label)


class _Resolver:
    """Walks the elements in order, changing the context as they ask."""

    def __init__(self, description: Description, context: Context) -> None:
        self._description = description
        self._context = context
        self._after_s = 0.0
        self._handlers: dict[str, Callable[[Element], None]] = {
            "arg": self._arg,
            "let": self._let,
            "group": self._group,
            "include": self._include,
            "node": self._node,
            "executable": self._executable,
            "set_env": self._set_env,
            "unset_env": self._unset_env,
            "append_env": self._append_env,
            "push_ros_namespace": self._push_namespace,
            "push-ros-namespace": self._push_namespace,
            "set_parameter": self._set_parameter,
            "set_parameters_from_file": self._set_parameters_from_file,
            "set_remap": self._set_remap,
            "timer": self._timer,
            "log": self._log,
            "shutdown": self._shutdown,
        }

    def file(self, path: Path, included_at: Element | None) -> None:
        """Resolve a file in the current context."""
        if len(self._context.files) >= _DEEPEST_INCLUDE and included_at is not None:
            raise LaunchError(
                included_at.place,
                f"more than {_DEEPEST_INCLUDE} files include each other",
                "Look for a file that includes itself",
            )
        root = document.read(path)
        schema.check(root)
        self._context.files.append(path)
        self._walk(root.children)
        self._context.files.pop()

    def _walk(self, elements: list[Element]) -> None:
        for element in elements:
            if self._wanted(element):
                self._handlers[element.tag](element)

    def _wanted(self, element: Element) -> bool:
        if "if" in element.attributes:
            attribute = element.attributes["if"]
            return condition(str(attribute.value), self._context, attribute.place)
        if "unless" in element.attributes:
            attribute = element.attributes["unless"]
            return not condition(str(attribute.value), self._context, attribute.place)
        return True

    def _text(self, element: Element, name: str) -> str:
        attribute = element.attributes[name]
        return substitute(str(attribute.value), self._context, attribute.place)

    def _arg(self, element: Element) -> None:
        argument = argument_of(element)
        self._description.arguments.setdefault(argument.name, argument)
        configurations = self._context.scope.configurations
        if argument.name not in configurations:
            if argument.default is None:
                raise LaunchError(
                    element.place,
                    f"the argument '{argument.name}' ({argument.description}) has no value",
                    f"Give it as {argument.name}:=VALUE",
                )
            configurations[argument.name] = self._text(element, "default")
        value = configurations[argument.name]
        if argument.choices and value not in argument.choices:
            raise LaunchError(
                element.place,
                f"'{value}' is no choice for the argument '{argument.name}'",
                suggest(value, argument.choices),
            )

    def _let(self, element: Element) -> None:
        name = self._text(element, "name")
        self._context.scope.configurations[name] = self._text(element, "value")

    def _group(self, element: Element) -> None:
        kept = {
            self._text(keep, "name"): self._text(keep, "value")
            for keep in element.elements.get("keep", [])
        }
        before = self._context.scope
        if _flag(element, "scoped", default=True):
            if _flag(element, "forwarding", default=True):
                self._context.scope = before.copy()
            else:
                self._context.scope = Scope(environment=dict(self._context.initial_environment))
        self._context.scope.configurations.update(kept)
        self._walk(element.children)
        if _flag(element, "scoped", default=True):
            self._context.scope = before

    def _include(self, element: Element) -> None:
        path = Path(self._text(element, "file"))
        for argument in element.elements.get("arg", []):
            name = self._text(argument, "name")
            self._context.scope.configurations[name] = self._text(argument, "value")
        if not path.name.endswith((".yaml", ".yml")):
            raise LaunchError(
                element.place,
                f"{path.name} is not a YAML launch file",
                "Include a *.launch.yaml, or run this file with 'ros2 launch'",
            )
        if not path.is_file():
            raise LaunchError(element.place, f"the file {path} is missing", "Check the path")
        self.file(path.absolute(), included_at=element)

    def _node(self, element: Element) -> None:
        self._description.processes.append(node_process(element, self._context, self._after_s))

    def _executable(self, element: Element) -> None:
        self._description.processes.append(
            executable_process(element, self._context, self._after_s)
        )

    def _set_env(self, element: Element) -> None:
        name = self._text(element, "name")
        self._context.scope.environment[name] = self._text(element, "value")

    def _unset_env(self, element: Element) -> None:
        self._context.scope.environment.pop(self._text(element, "name"), None)

    def _append_env(self, element: Element) -> None:
        name, value = self._text(element, "name"), self._text(element, "value")
        separator = (
            self._text(element, "separator") if "separator" in element.attributes else os.pathsep
        )
        environment = self._context.scope.environment
        if name in environment:
            parts = [environment[name], value]
            if _flag(element, "prepend", default=False):
                parts.reverse()
            value = separator.join(parts)
        environment[name] = value

    def _push_namespace(self, element: Element) -> None:
        scope = self._context.scope
        scope.namespace = join_namespace(scope.namespace, self._text(element, "namespace"))

    def _set_parameter(self, element: Element) -> None:
        value = untyped(self._text(element, "value"), element.attributes["value"].place)
        self._context.scope.parameters.append((self._text(element, "name"), value))

    def _set_parameters_from_file(self, element: Element) -> None:
        path = Path(self._text(element, "filename"))
        if not path.is_file():
            raise LaunchError(element.place, f"the file {path} is missing", "Check the path")
        self._context.scope.parameters.append(path)

    def _set_remap(self, element: Element) -> None:
        rule = (self._text(element, "from"), self._text(element, "to"))
        self._context.scope.remaps.append(rule)

    def _timer(self, element: Element) -> None:
        text = self._text(element, "period")
        try:
            period_s = float(text)
        except ValueError as error:
            raise LaunchError(
                element.attributes["period"].place,
                f"the period '{text}'",
                "Give seconds",
            ) from error
        self._after_s += period_s
        self._walk(element.children)
        self._after_s -= period_s

    def _log(self, element: Element) -> None:
        self._description.messages.append(LogMessage(self._text(element, "message"), self._after_s))

    def _shutdown(self, element: Element) -> None:
        reason = (
            self._text(element, "reason")
            if "reason" in element.attributes
            else f"asked for at {element.place}"
        )
        current = self._description.shutdown
        if current is None or self._after_s < current.after_s:
            self._description.shutdown = Shutdown(reason, self._after_s)


def _flag(element: Element, name: str, default: bool) -> bool:
    attribute = element.attributes.get(name)
    return default if attribute is None else bool(attribute.value)
