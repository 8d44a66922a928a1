"""Typed models as ROS parameters."""

from collections.abc import Callable, Iterator

import pytest
import rclpy
from pydantic import BaseModel, Field
from rclpy.node import Node
from rclpy.parameter import Parameter

from clap_core.errors import ClapError, ErrorCode
from clap_ros.parameters import declare


class Inner(BaseModel, frozen=True, extra="forbid"):
    size_m: float = Field(0.005, description="edge of a voxel [m]", gt=0.0, le=0.1)


class Outer(BaseModel, frozen=True, extra="forbid"):
    cameras: tuple[str, ...] = Field(("front", "left"), description="names of the cameras")
    minimum: int = Field(1, description="cameras needed", ge=1)
    inner: Inner = Field(Inner(), description="voxels")
    ignored: tuple[str, ...] = Field((), description="cameras to leave out")


@pytest.fixture
def make() -> Iterator[Callable[..., Node]]:
    """Makes a node, given its overrides."""
    context = rclpy.Context()
    rclpy.init(context=context)
    nodes = []

    def make(**overrides: object) -> Node:
        values = [
            Parameter(key.replace("__", "."), value=value) for key, value in overrides.items()
        ]
        nodes.append(Node("sample", context=context, parameter_overrides=values))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown(context=context)


def test_defaults_and_overrides_make_the_model(make: Callable[..., Node]) -> None:
    node = make(inner__size_m=0.01, cameras=["wrist"])
    model = declare(node, Outer).read()
    assert model == Outer(cameras=("wrist",), inner=Inner(size_m=0.01))


def test_description_and_bounds_reach_the_descriptor(make: Callable[..., Node]) -> None:
    node = make()
    declare(node, Outer)
    descriptor = node.describe_parameter("inner.size_m")
    assert descriptor.description == "edge of a voxel [m]"
    assert descriptor.floating_point_range[0].to_value == pytest.approx(0.1)
    assert node.describe_parameter("minimum").integer_range[0].from_value == 1


@pytest.mark.parametrize(
    "override", [{"inner__size_m": 5.0}, {"inner__size_m": "wide"}, {"minimum": 0}]
)
def test_a_wrong_override_is_named(make: Callable[..., Node], override: dict[str, object]) -> None:
    node = make(**override)
    with pytest.raises(ClapError) as caught:
        declare(node, Outer).read()
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert next(iter(override)).replace("__", ".") in caught.value.message


def test_a_set_that_breaks_the_model_is_refused(make: Callable[..., Node]) -> None:
    node = make()
    parameters = declare(node, Outer)
    refused = node.set_parameters([Parameter("inner.size_m", value=0.0)])[0]
    assert not refused.successful
    accepted = node.set_parameters([Parameter("inner.size_m", value=0.02)])[0]
    assert accepted.successful
    assert parameters.read().inner.size_m == pytest.approx(0.02)


def test_an_empty_list_can_be_set(make: Callable[..., Node]) -> None:
    node = make()
    parameters = declare(node, Outer)
    assert parameters.read().ignored == ()
    assert node.set_parameters([Parameter("ignored", value=["left"])])[0].successful
    assert parameters.read().ignored == ("left",)


def test_an_empty_list_can_be_overridden(make: Callable[..., Node]) -> None:
    assert declare(make(ignored=["left"]), Outer).read().ignored == ("left",)


def test_an_active_node_refuses_what_would_change_nothing(make: Callable[..., Node]) -> None:
    node = make()
    parameters = declare(node, Outer)
    node.is_active = True  # type: ignore[attr-defined]
    (result,) = node.set_parameters([Parameter("inner.size_m", value=0.02)])
    assert not result.successful
    assert "deactivate" in result.reason
    assert parameters.read().inner.size_m == 0.005
    node.is_active = False  # type: ignore[attr-defined]
    (result,) = node.set_parameters([Parameter("inner.size_m", value=0.02)])
    assert result.successful


@pytest.mark.parametrize("prefix", ["", "fusion."])
def test_an_active_node_keeps_its_clock_and_says_what_it_would_break(
    make: Callable[..., Node], prefix: str
) -> None:
    """It is not one of those that 'would change nothing': it changes the clock at once."""
    node = make()
    declare(node, Outer, prefix)
    node.is_active = True  # type: ignore[attr-defined]
    (result,) = node.set_parameters([Parameter("use_sim_time", value=True)])
    assert not result.successful
    assert "/sample is active, and use_sim_time would put its clock off" in result.reason
    assert "would change nothing" not in result.reason
    assert not node.get_clock().ros_time_is_active
    node.is_active = False  # type: ignore[attr-defined]
    (result,) = node.set_parameters([Parameter("use_sim_time", value=True)])
    assert result.successful
    assert node.get_clock().ros_time_is_active
