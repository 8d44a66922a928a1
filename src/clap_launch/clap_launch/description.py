"""What a launch file comes to once it is resolved: plain data, nothing started yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clap_launch.errors import Location

ParameterValue = str | int | float | bool | list[Any]


@dataclass(frozen=True)
class ParameterFile:
    """A ROS parameter file handed to a node as it is."""

    path: Path


@dataclass(frozen=True)
class ParameterText:
    """A ROS parameter file whose substitutions were performed (``allow_substs``)."""

    text: str


@dataclass(frozen=True)
class ParameterValues:
    """Parameters given in the launch file itself, flattened: ``{"a.b": 1}``."""

    values: dict[str, ParameterValue]


Parameters = ParameterFile | ParameterText | ParameterValues


@dataclass(frozen=True)
class NodeDetails:
    """What makes a process a ROS node.

    Args:
        package: its package, or None where ``exec`` is a path.
        executable: its executable's name.
        name: the node's name, or None to keep its own.
        namespace: absolute namespace, or None to keep its own.
        global_arguments: ``-p`` and ``--params-file`` from ``set_parameter`` and its like.
        parameters: in the order in which they override each other.
        remaps: ``(from, to)`` in order.
    """

    package: str | None
    executable: str
    name: str | None = None
    namespace: str | None = None
    global_arguments: tuple[str, ...] = ()
    parameters: tuple[Parameters, ...] = ()
    remaps: tuple[tuple[str, str], ...] = ()

    @property
    def full_name(self) -> str | None:
        """``/namespace/name``, where both are known."""
        if self.name is None or self.namespace is None:
            return None
        return f"{self.namespace.rstrip('/')}/{self.name}"


@dataclass(frozen=True)
class ProcessSpec:
    """One process to start and to look after.

    Args:
        label: unique name, used as the prefix of its output and by ``Launch.signal``.
        command: program and arguments, without those in ``node``.
        environment: its whole environment.
        place: where the launch file asks for it.
        node: what is special about a ROS node, or None for any other executable.
        working_directory: folder to run in, or None for the runner's.
        shell: whether a shell interprets the command.
        output: ``screen``, ``log`` or ``both``.
        start_after_s: seconds after the launch's start (from ``timer``).
        respawn: start it again when it ends by itself.
        respawn_delay_s: seconds between its end and its new start.
        respawn_max_retries: how many times, or -1 for ever.
        required: its end ends the whole launch (``on_exit: shutdown``).
        sigterm_timeout_s: seconds from SIGINT to SIGTERM.
        sigkill_timeout_s: seconds from SIGTERM to SIGKILL.
    """

    label: str
    command: tuple[str, ...]
    environment: dict[str, str]
    place: Location
    node: NodeDetails | None = None
    working_directory: Path | None = None
    shell: bool = False
    output: str = "log"
    start_after_s: float = 0.0
    respawn: bool = False
    respawn_delay_s: float = 0.0
    respawn_max_retries: int = -1
    required: bool = False
    sigterm_timeout_s: float = 5.0
    sigkill_timeout_s: float = 5.0


@dataclass(frozen=True)
class Argument:
    """An ``arg`` that a launch file declares.

    Args:
        name: its name.
        description: what it means.
        default: text of the default as written, or None where a value must be given.
        choices: the only values allowed, or empty.
        place: where it is declared.
        conditional: whether it is only read under an ``if`` or ``unless``.
    """

    name: str
    description: str
    default: str | None
    choices: tuple[str, ...]
    place: Location
    conditional: bool = False


@dataclass(frozen=True)
class LogMessage:
    """A line that the file wants to be said (``log``), ``after_s`` seconds after the start."""

    text: str
    after_s: float = 0.0


@dataclass(frozen=True)
class Shutdown:
    """A ``shutdown`` tag that was reached."""

    reason: str
    after_s: float


@dataclass
class Description:
    """A resolved launch file.

    Args:
        file: the launch file.
        arguments: every argument that was declared, by name.
        processes: in the order of the file.
        messages: lines to print at the start.
        shutdown: set where the file asks to end (a ``shutdown`` tag, perhaps in a ``timer``).
    """

    file: Path
    arguments: dict[str, Argument] = field(default_factory=dict)
    processes: list[ProcessSpec] = field(default_factory=list)
    messages: list[LogMessage] = field(default_factory=list)
    shutdown: Shutdown | None = None
