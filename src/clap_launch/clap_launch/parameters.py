"""Works out the parameters that a launch file gives to a node.

The rules of ``launch_ros``: a YAML number or boolean keeps its type; plain text stays text; text
with a substitution takes the type that YAML gives the result, or the one named by ``type``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from clap_launch.context import Context
from clap_launch.description import (
    ParameterFile,
    Parameters,
    ParameterText,
    ParameterValue,
    ParameterValues,
)
from clap_launch.document import Attribute, Element
from clap_launch.errors import LaunchError, Location, suggest
from clap_launch.evaluate import evaluate, substitute
from clap_launch.substitutions import parse

_SCALARS: dict[str, type] = {"str": str, "bool": bool, "float": float, "int": int}
_TYPES: dict[str, tuple[type | None, bool]] = {
    **{name: (scalar, False) for name, scalar in _SCALARS.items()},
    **{f"list_of_{name}": (scalar, True) for name, scalar in _SCALARS.items()},
    "yaml": (None, False),
}
_UNTYPED: tuple[type | None, bool] = (None, False)


def resolve(element: Element, context: Context) -> Parameters:
    """Resolve one ``param`` of a node.

    Args:
        element: the ``param``.
        context: the state of the resolution.

    Returns:
        A file, the text of one, or values by their full names.

    Raises:
        LaunchError: contradicting attributes, a missing file or a value of the wrong type.
    """
    if "from" not in element.attributes:
        if "allow_substs" in element.attributes:
            raise LaunchError(
                element.place,
                "'allow_substs' without 'from'",
                "Use it only with 'from: FILE'",
            )
        return ParameterValues(_values([element], context, prefix=""))
    if "name" in element.attributes or element.elements:
        raise LaunchError(
            element.place,
            "'from' together with 'name' or 'param'",
            "Make two entries of it",
        )
    source = element.attributes["from"]
    path = Path(substitute(str(source.value), context, source.place))
    if not path.is_file():
        raise LaunchError(source.place, f"the parameter file {path} is missing", "Check the path")
    allow = element.attributes.get("allow_substs")
    if allow is None or not allow.value:
        return ParameterFile(path)
    text = substitute(path.read_text(encoding="utf-8"), context, Location(path, 1))
    _load(text, Location(path, 1))
    return ParameterText(text)


def untyped(text: str, place: Location) -> ParameterValue:
    """The value that YAML sees in a text, as ``set_parameter`` takes it."""
    return _checked(_load(text or "''", place), None, False, place)


def _values(elements: list[Element], context: Context, prefix: str) -> dict[str, ParameterValue]:
    values: dict[str, ParameterValue] = {}
    for element in elements:
        if "name" not in element.attributes:
            raise LaunchError(
                element.place,
                "a 'param' without a name",
                "Give 'name' and 'value', or 'from'",
            )
        name_attribute = element.attributes["name"]
        name = prefix + substitute(str(name_attribute.value), context, name_attribute.place)
        nested = element.elements.get("param", [])
        if ("value" in element.attributes) == bool(nested):
            raise LaunchError(
                element.place,
                f"the parameter '{name}' needs either a value or nested parameters",
                "Give one of 'value' and 'param'",
            )
        if nested:
            values.update(_values(nested, context, prefix=f"{name}."))
        else:
            values[name] = _value(element, context)
    return values


def _value(element: Element, context: Context) -> ParameterValue:
    scalar, is_list = _UNTYPED
    if "type" in element.attributes:
        kind = element.attributes["type"]
        if kind.value not in _TYPES:
            raise LaunchError(
                kind.place,
                f"unknown type '{kind.value}'",
                suggest(str(kind.value), _TYPES),
            )
        scalar, is_list = _TYPES[str(kind.value)]
    attribute = element.attributes["value"]
    if isinstance(attribute.value, list):
        items = [_scalar(Attribute(item, attribute.place), context) for item in attribute.value]
        return _checked(items, scalar, is_list or scalar is None, attribute.place)
    if isinstance(attribute.value, str) and is_list:
        raise LaunchError(
            attribute.place,
            "the parameter's value is text although its type is a list",
            "Write a YAML list, or leave out 'type'",
        )
    if isinstance(attribute.value, str):
        template = parse(attribute.value, attribute.place)
        if all(isinstance(part, str) for part in template):
            plain = "".join(str(part) for part in template)
            return _checked(plain, scalar, is_list, attribute.place)
        text = evaluate(template, context, attribute.place)
        if scalar is str and not is_list:
            return text
        loaded = text if text == "" and scalar is None else _load(text, attribute.place)
        return _checked(_widened(loaded, scalar), scalar, is_list, attribute.place)
    return _checked(attribute.value, scalar, is_list, attribute.place)


def _scalar(attribute: Attribute, context: Context) -> Any:
    if isinstance(attribute.value, str):
        return substitute(attribute.value, context, attribute.place)
    return attribute.value


def _widened(value: Any, scalar: type | None) -> Any:
    # YAML reads "1" as a whole number; where a float is asked for, that is what is meant.
    if scalar is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _load(text: str, place: Location) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LaunchError(place, f"'{text}' is not YAML", "Quote it, or set 'type: str'") from error


def _checked(value: Any, scalar: type | None, is_list: bool, place: Location) -> ParameterValue:
    """Hold a value against its wanted type; ROS knows scalars and lists of one scalar type."""
    wanted = scalar.__name__ if scalar is not None else "values of one type"
    problem = LaunchError(
        place,
        f"the parameter's value {value!r} has the wrong type",
        f"Give {'a list of ' if is_list else ''}{wanted}",
    )
    if scalar is not None and isinstance(value, list) != is_list:
        raise problem
    items = value if isinstance(value, list) else [value]
    kinds = {type(item) for item in items}
    if not kinds:  # rcl cannot tell the type of an empty list
        raise LaunchError(place, "the parameter's value is an empty list", "Leave it out instead")
    if len(kinds) > 1 or not kinds <= {str, int, float, bool}:
        raise problem
    if scalar is not None and kinds != {scalar}:
        raise problem
    result: ParameterValue = value
    return result
