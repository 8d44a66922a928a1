"""ROS parameters from typed models: one declaration gives type, text, bounds and validation."""

from __future__ import annotations

import sys
from typing import Any, Generic, TypeVar, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.time_source import USE_SIM_TIME_NAME

from clap_core.errors import ClapError, ErrorCode

Model = TypeVar("Model", bound=BaseModel)

_INT64 = (-(2**63), 2**63 - 1)


_CLOCK_IN_USE = (
    "{name} is active, and use_sim_time would put its clock off by years, and it out of step with "
    "the nodes it talks to. All nodes of a stack share one clock: end the launch and start the one "
    "that is meant (`sim` and `replay` take the time from /clock, `robot` from the computer)"
)


class Parameters(Generic[Model]):
    """The declared parameters of one model on one node."""

    def __init__(self, node: Node, model: type[Model], prefix: str) -> None:
        self._node = node
        self._model = model
        self._prefix = prefix

    def read(self) -> Model:
        """The model made from the parameters as they are now.

        Raises:
            ClapError: INVALID_REQUEST, naming the parameter and what is wrong with it.
        """
        return self._build({})

    def reject_invalid(self, proposed: list[Parameter]) -> SetParametersResult:
        """Callback for ``add_on_set_parameters_callback``."""
        is_active = getattr(self._node, "is_active", False)
        name = self._node.get_fully_qualified_name()
        if is_active and any(p.name == USE_SIM_TIME_NAME for p in proposed):
            return SetParametersResult(successful=False, reason=_CLOCK_IN_USE.format(name=name))
        mine = {p.name: p.value for p in proposed if p.name.startswith(self._prefix)}
        if mine and is_active:
            return SetParametersResult(
                successful=False,
                reason=f"{name} reads its parameters when it configures, and is active: this would "
                f"change nothing. First `ros2 lifecycle set {name} deactivate` and `cleanup`, then "
                "set it, then `configure` and `activate`; or put it into the parameter file",
            )
        try:
            self._build(mine)
        except ClapError as error:
            return SetParametersResult(successful=False, reason=error.message)
        return SetParametersResult(successful=True)

    def _build(self, overrides: dict[str, Any]) -> Model:
        values = _collect(self._node, self._model, self._prefix, overrides)
        try:
            return self._model.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = self._prefix + ".".join(str(part) for part in first["loc"])
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"parameter '{name}' of node {self._node.get_name()} is invalid: {first['msg']}",
                "Correct it in the parameter file or with `ros2 param set`, then configure the "
                "node again",
            ) from error


def declare(node: Node, model: type[Model], prefix: str = "") -> Parameters[Model]:
    """Declare every field of a pydantic model as a parameter of `node`.

    Nested models become dotted names. New values are refused while they make the model invalid.
    A lifecycle node calls ``read()`` when it configures; while it is active, changes are refused,
    since they would have no effect.

    Args:
        node: the node.
        model: all fields need a default and a description.
        prefix: put before each name, with its dot, e.g. ``"fusion."``.

    Raises:
        ClapError: INVALID_REQUEST when an override has the wrong type or is out of bounds.
    """
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            _declare_nested(node, nested, field, f"{prefix}{name}.")
        else:
            default = _plain(field.get_default(call_default_factory=True))
            _declare_one(node, f"{prefix}{name}", default, field)
    parameters = Parameters(node, model, prefix)
    node.add_on_set_parameters_callback(parameters.reject_invalid)
    return parameters


def _declare_nested(node: Node, model: type[BaseModel], outer: FieldInfo, prefix: str) -> None:
    default_model = outer.get_default(call_default_factory=True)
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            _declare_nested(node, nested, field, f"{prefix}{name}.")
        else:
            _declare_one(node, prefix + name, _plain(getattr(default_model, name)), field)


def _declare_one(node: Node, name: str, default: Any, field: FieldInfo) -> None:
    if node.has_parameter(name):
        return
    descriptor = _descriptor(name, field)
    try:
        if default == []:
            # rclpy takes an empty list for bytes: declare the type, then set the value.
            kind = _array_type(field)
            if node.declare_parameter(name, kind, descriptor).value is None:
                node.set_parameters([Parameter(name, kind, [])])
        else:
            node.declare_parameter(name, default, descriptor)
    except (InvalidParameterTypeException, InvalidParameterValueException) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"parameter '{name}' of node {node.get_name()} has a wrong value: {error}",
            f"Give it the type of its default, {default!r} (a number with a point for a float), "
            f"within its bounds: {descriptor.description}",
        ) from error


def _descriptor(name: str, field: FieldInfo) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(name=name, description=field.description or "")
    low: float | None = None
    high: float | None = None
    for bound in field.metadata:
        if isinstance(bound, annotated_types.Ge):
            low = bound.ge  # type: ignore[assignment]
        elif isinstance(bound, annotated_types.Gt):
            low = bound.gt  # type: ignore[assignment]
        elif isinstance(bound, annotated_types.Le):
            high = bound.le  # type: ignore[assignment]
        elif isinstance(bound, annotated_types.Lt):
            high = bound.lt  # type: ignore[assignment]
    if low is None and high is None:
        return descriptor
    if field.annotation is int:
        descriptor.integer_range = [
            IntegerRange(
                from_value=int(_INT64[0] if low is None else low),
                to_value=int(_INT64[1] if high is None else high),
            )
        ]
    elif field.annotation is float:
        limit = sys.float_info.max
        descriptor.floating_point_range = [
            FloatingPointRange(
                from_value=float(-limit if low is None else low),
                to_value=float(limit if high is None else high),
            )
        ]
    return descriptor


def _array_type(field: FieldInfo) -> Parameter.Type:
    if get_origin(field.annotation) in (list, tuple):
        element = get_args(field.annotation)[0]
        return {
            float: Parameter.Type.DOUBLE_ARRAY,
            int: Parameter.Type.INTEGER_ARRAY,
            bool: Parameter.Type.BOOL_ARRAY,
        }.get(element, Parameter.Type.STRING_ARRAY)
    return Parameter.Type.STRING_ARRAY


def _plain(value: Any) -> Any:
    """A value as ROS knows it: tuples become lists, enums their values."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return getattr(value, "value", value)


def _collect(
    node: Node, model: type[BaseModel], prefix: str, overrides: dict[str, Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            values[name] = _collect(node, nested, f"{prefix}{name}.", overrides)
        else:
            full = prefix + name
            value = overrides.get(full, node.get_parameter(full).value)
            values[name] = list(value) if hasattr(value, "typecode") else value
    return values
