"""Turns a ``node`` or an ``executable`` element into the description of a process."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import yaml

from clap_launch import parameters
from clap_launch.context import Context
from clap_launch.description import NodeDetails, ProcessSpec
from clap_launch.document import Element
from clap_launch.errors import LaunchError, Location, suggest
from clap_launch.evaluate import (
    condition,
    evaluate,
    executable_in_package,
    substitute,
)
from clap_launch.substitutions import parse

_OUTPUTS = ("screen", "log", "both", "own_log", "full")


def join_namespace(base: str | None, namespace: str | None) -> str | None:
    """Put a namespace below another one; an absolute one stands alone."""
    if base is None or (namespace is not None and namespace.startswith("/")):
        joined = namespace
    elif namespace is None:
        joined = base
    else:
        joined = f"{base.rstrip('/')}/{namespace}"
    if joined is None or joined == "/":
        return joined
    return joined.rstrip("/")


def node_process(element: Element, context: Context, after_s: float) -> ProcessSpec:
    """Describe the process of a ``node``.

    Args:
        element: the ``node``.
        context: the state of the resolution.
        after_s: seconds after the launch's start at which it begins.

    Returns:
        The process, its executable found.

    Raises:
        LaunchError: an attribute is wrong or the executable does not exist.
    """
    reader = _Reader(element, context)
    executable = reader.text("exec")
    package = reader.optional("pkg")
    if package is None:
        program = executable
    else:
        program = executable_in_package(executable, package, element.attributes["exec"].place)
    arguments = reader.words("args")
    ros_arguments = reader.words("ros_args")
    namespace = join_namespace(context.scope.namespace, reader.optional("namespace"))
    if namespace is not None and not namespace.startswith("/"):
        namespace = f"/{namespace}"
    remaps = [
        (reader.text("from", remap), reader.text("to", remap))
        for remap in element.elements.get("remap", [])
    ]
    node = NodeDetails(
        package=package,
        executable=executable,
        name=reader.optional("name"),
        namespace=namespace,
        global_arguments=tuple(_global_arguments(context)),
        parameters=tuple(
            parameters.resolve(param, context) for param in element.elements.get("param", [])
        ),
        remaps=(*context.scope.remaps, *remaps),
    )
    command = [*reader.words("launch-prefix"), program, *arguments]
    if ros_arguments:
        command += ["--ros-args", *ros_arguments]
    label = reader.optional("exec_name") or node.name or Path(executable).name
    return reader.process(label, command, after_s, node)


def executable_process(element: Element, context: Context, after_s: float) -> ProcessSpec:
    """Describe the process of an ``executable``; arguments as for ``node_process``."""
    reader = _Reader(element, context)
    shell = element.attributes.get("shell")
    if shell is not None and shell.value:
        command = [reader.text("cmd")]
    else:
        command = [*reader.words("launch-prefix"), *reader.words("cmd")]
    if not command:
        raise LaunchError(element.place, "'cmd' is empty", "Name a program")
    label = reader.optional("name") or Path(command[0].split()[0]).name
    return reader.process(label, command, after_s, None)


def _global_arguments(context: Context) -> list[str]:
    arguments = []
    for entry in context.scope.parameters:
        if isinstance(entry, Path):
            arguments += ["--params-file", str(entry.absolute())]
        else:
            name, value = entry
            arguments += ["-p", f"{name}:={_as_yaml(value)}"]
    return arguments


def _as_yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...")


class _Reader:
    """Reads the attributes that nodes and executables share."""

    def __init__(self, element: Element, context: Context) -> None:
        self._element = element
        self._context = context

    def text(self, name: str, element: Element | None = None) -> str:
        """An attribute's text after substitution."""
        attribute = (element or self._element).attributes[name]
        return substitute(str(attribute.value), self._context, attribute.place)

    def optional(self, name: str) -> str | None:
        """Like ``text``, None where the attribute is absent."""
        return self.text(name) if name in self._element.attributes else None

    def words(self, name: str) -> list[str]:
        """Split a command line at the blanks that are written; substituted text stays whole."""
        attribute = self._element.attributes.get(name)
        if attribute is None:
            return []
        values: list[str] = []
        marked = ""
        for part in parse(str(attribute.value), attribute.place):
            if isinstance(part, str):
                self._check_quotes(name, part, attribute.place)
                marked += part
            else:
                marked += f"\0{len(values)}\0"
                values.append(evaluate((part,), self._context, attribute.place))
        words = shlex.split(marked)
        for index, value in enumerate(values):
            words = [word.replace(f"\0{index}\0", value) for word in words]
        return words

    @staticmethod
    def _check_quotes(name: str, text: str, place: Location) -> None:
        # ROS 2 splits each piece by itself, so quotes cannot enclose a substitution.
        try:
            shlex.split(text)
        except ValueError as error:
            raise LaunchError(
                place,
                f"'{name}': {error}",
                "Close the quote; a substitution stays one word without quotes around it",
            ) from error

    def _number(self, name: str, default: float) -> float:
        text = self.optional(name)
        if text is None:
            return default
        place = self._element.attributes[name].place
        try:
            number = float(text)
        except ValueError as error:
            raise LaunchError(place, f"'{name}' is '{text}'", "Give a number") from error
        if number < 0.0:
            raise LaunchError(place, f"'{name}' is {number}", "Give zero or more")
        return number

    def process(
        self, label: str, command: list[str], after_s: float, node: NodeDetails | None
    ) -> ProcessSpec:
        """Put together what both kinds of process have."""
        attributes = self._element.attributes
        environment = dict(self._context.scope.environment)
        for variable in self._element.elements.get("env", []):
            environment[self.text("name", variable)] = self.text("value", variable)
        on_exit = self.optional("on_exit")
        if on_exit not in (None, "shutdown"):
            raise LaunchError(
                attributes["on_exit"].place,
                f"'on_exit' is '{on_exit}'",
                "Only 'shutdown' exists",
            )
        output = self.optional("output") or "log"
        if output not in _OUTPUTS:
            raise LaunchError(
                attributes["output"].place,
                f"'output' is '{output}'",
                suggest(output, _OUTPUTS),
            )
        respawn = self.optional("respawn")
        retries = attributes.get("respawn_max_retries")
        directory = self.optional("cwd")
        shell = attributes.get("shell")
        return ProcessSpec(
            label=label,
            command=tuple(command),
            environment=environment,
            place=self._element.place,
            node=node,
            working_directory=Path(directory) if directory else None,
            shell=bool(shell.value) if shell else False,
            output=output,
            start_after_s=after_s,
            respawn=(
                condition(respawn, self._context, attributes["respawn"].place) if respawn else False
            ),
            respawn_delay_s=self._number("respawn_delay", 0.0),
            respawn_max_retries=int(str(retries.value)) if retries else -1,
            required=on_exit == "shutdown",
            sigterm_timeout_s=self._number("sigterm_timeout", 5.0),
            sigkill_timeout_s=self._number("sigkill_timeout", 5.0),
        )
