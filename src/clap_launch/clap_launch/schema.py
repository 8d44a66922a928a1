"""Which tags exist, which attributes they take and of what kind.

As in the front ends of ROS 2, most attributes are text (so ``respawn: "true"`` wants quotes); a
number or a boolean may also be given as text that becomes one after substitution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from clap_launch.document import Attribute, Element
from clap_launch.errors import LaunchError, suggest


class Kind(Enum):
    """What an attribute's value may be in YAML."""

    TEXT = "text (quote it)"
    BOOLEAN = "true or false"
    INTEGER = "a whole number"
    NUMBER = "a number with a decimal point"
    VALUE = "text, number, boolean or a list of these"


@dataclass(frozen=True)
class Tag:
    """What one tag takes.

    Args:
        attributes: kind by name.
        required: names that must be there.
        elements: tags of the mappings in a list attribute, for example a node's ``param``.
        children: whether it holds other tags.
        conditional: whether it takes ``if`` and ``unless``.
    """

    attributes: dict[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    elements: dict[str, Tag] = field(default_factory=dict)
    children: bool = False
    conditional: bool = True

    def __post_init__(self) -> None:
        if self.conditional:
            self.attributes.update({"if": Kind.TEXT, "unless": Kind.TEXT})


def _part(attributes: dict[str, Kind], *required: str) -> Tag:
    return Tag(attributes, required, conditional=False)


_NAME_VALUE = _part({"name": Kind.TEXT, "value": Kind.TEXT}, "name", "value")
_FROM_TO = _part({"from": Kind.TEXT, "to": Kind.TEXT}, "from", "to")
_PARAM = _part(
    {
        "name": Kind.TEXT,
        "value": Kind.VALUE,
        "type": Kind.TEXT,
        "from": Kind.TEXT,
        "allow_substs": Kind.BOOLEAN,
    }
)
_PARAM.elements["param"] = _PARAM
_PROCESS = {
    "name": Kind.TEXT,
    "cwd": Kind.TEXT,
    "output": Kind.TEXT,
    "launch-prefix": Kind.TEXT,
    "on_exit": Kind.TEXT,
    "respawn": Kind.TEXT,
    "respawn_delay": Kind.NUMBER,
    "respawn_max_retries": Kind.INTEGER,
    "sigterm_timeout": Kind.NUMBER,
    "sigkill_timeout": Kind.NUMBER,
}

TAGS: dict[str, Tag] = {
    "launch": Tag(children=True, conditional=False),
    "arg": Tag(
        {"name": Kind.TEXT, "default": Kind.TEXT, "description": Kind.TEXT},
        ("name",),
        {"choice": _part({"value": Kind.TEXT}, "value")},
    ),
    "let": Tag({"name": Kind.TEXT, "value": Kind.TEXT}, ("name", "value")),
    "group": Tag(
        {"scoped": Kind.BOOLEAN, "forwarding": Kind.BOOLEAN},
        elements={"keep": _NAME_VALUE},
        children=True,
    ),
    "include": Tag({"file": Kind.TEXT}, ("file",), {"arg": _NAME_VALUE}),
    "node": Tag(
        {
            **_PROCESS,
            "pkg": Kind.TEXT,
            "exec": Kind.TEXT,
            "exec_name": Kind.TEXT,
            "namespace": Kind.TEXT,
            "args": Kind.TEXT,
            "ros_args": Kind.TEXT,
        },
        ("exec",),
        {"param": _PARAM, "remap": _FROM_TO, "env": _NAME_VALUE},
    ),
    "executable": Tag(
        {**_PROCESS, "cmd": Kind.TEXT, "shell": Kind.BOOLEAN},
        ("cmd",),
        {"env": _NAME_VALUE},
    ),
    "set_env": Tag({"name": Kind.TEXT, "value": Kind.TEXT}, ("name", "value")),
    "unset_env": Tag({"name": Kind.TEXT}, ("name",)),
    "append_env": Tag(
        {
            "name": Kind.TEXT,
            "value": Kind.TEXT,
            "prepend": Kind.BOOLEAN,
            "separator": Kind.TEXT,
        },
        ("name", "value"),
    ),
    "push_ros_namespace": Tag({"namespace": Kind.TEXT}, ("namespace",)),
    "push-ros-namespace": Tag({"namespace": Kind.TEXT}, ("namespace",)),
    "set_parameter": Tag({"name": Kind.TEXT, "value": Kind.TEXT}, ("name", "value")),
    "set_parameters_from_file": Tag({"filename": Kind.TEXT}, ("filename",)),
    "set_remap": Tag({"from": Kind.TEXT, "to": Kind.TEXT}, ("from", "to")),
    "timer": Tag({"period": Kind.NUMBER}, ("period",), children=True),
    "log": Tag({"message": Kind.TEXT}, ("message",)),
    "shutdown": Tag({"reason": Kind.TEXT}),
}

NOT_HERE = frozenset(
    (
        "composable_node",
        "load_composable_node",
        "node_container",
        "reset",
        "reset_env",
        "ros_timer",
        "set_ros_log_dir",
        "set_use_sim_time",
    )
)
"""Tags of ROS 2 that this runner leaves to ``ros2 launch``."""


def check(element: Element) -> None:
    """Check an element and everything below it.

    Args:
        element: a tag, usually a file's root.

    Raises:
        LaunchError: an unknown tag or attribute, a wrong kind of value, or a missing attribute.
    """
    if element.tag in NOT_HERE:
        raise LaunchError(
            element.place,
            f"this runner does not know '{element.tag}', although ROS 2 does",
            "Leave it out, or run the file with 'ros2 launch'",
        )
    if element.tag not in TAGS:
        raise LaunchError(
            element.place,
            f"unknown tag '{element.tag}'",
            suggest(element.tag, set(TAGS) - {"launch"}),
        )
    tag = TAGS[element.tag]
    _check_part(element, tag)
    if element.children and not tag.children:
        raise LaunchError(
            element.place,
            f"'{element.tag}' cannot hold other tags",
            "Give it attributes instead",
        )
    for child in element.children:
        if child.tag == "launch":
            raise LaunchError(child.place, "'launch' inside a launch file", "Use 'group'")
        check(child)


def _check_part(element: Element, tag: Tag) -> None:
    for name, attribute in element.attributes.items():
        # An empty list of mappings looks like an empty list of scalars.
        if name in tag.elements and attribute.value == []:
            continue
        if name not in tag.attributes:
            raise LaunchError(
                attribute.place,
                f"'{element.tag}' has no attribute '{name}'",
                suggest(name, [*tag.attributes, *tag.elements]),
            )
        if not _fits(attribute, tag.attributes[name]):
            raise LaunchError(
                attribute.place,
                f"'{name}' of '{element.tag}' is {attribute.value!r}",
                f"Give {tag.attributes[name].value}",
            )
    if "if" in element.attributes and "unless" in element.attributes:
        raise LaunchError(
            element.place,
            f"'{element.tag}' has both 'if' and 'unless'",
            "Keep one of them",
        )
    for name in tag.required:
        if name not in element.attributes:
            raise LaunchError(
                element.place,
                f"'{element.tag}' has no '{name}'",
                f"Add '{name}: ...' to it",
            )
    for name, parts in element.elements.items():
        if name not in tag.elements:
            raise LaunchError(
                parts[0].place,
                f"'{element.tag}' has no attribute '{name}'",
                suggest(name, [*tag.attributes, *tag.elements]),
            )
        for part in parts:
            _check_part(part, tag.elements[name])


def _fits(attribute: Attribute, kind: Kind) -> bool:
    value = attribute.value
    if kind is Kind.VALUE:
        return True
    if kind is Kind.TEXT:
        return isinstance(value, str)
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, (float, str))
