"""Backends are made from a name and settings, and nodes declare those as parameters."""

from __future__ import annotations

import pytest
import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter

from clap_baseline.policy_config import PolicyConfig
from clap_baseline.segments.segmentation import SegmentationConfig
from clap_core.backends import (
    KEYPOINT_FINDERS,
    PLANNERS,
    POLICIES,
    NoSettings,
    create,
    settings_type,
)
from clap_core.errors import ClapError, ErrorCode
from clap_ros.backend_parameters import BackendParameters


def test_each_baseline_says_its_settings() -> None:
    assert settings_type(PLANNERS, "baseline") is NoSettings
    assert settings_type(KEYPOINT_FINDERS, "baseline") is SegmentationConfig
    assert settings_type(POLICIES, "baseline") is PolicyConfig


def test_settings_reach_the_backend() -> None:
    assert create(POLICIES, "baseline", PolicyConfig(hover_m=0.11))._config.hover_m == 0.11
    assert create(POLICIES, "baseline")._config == PolicyConfig()


@pytest.mark.parametrize("group", [PLANNERS, KEYPOINT_FINDERS])
def test_settings_of_another_backend_are_refused(group: str) -> None:
    with pytest.raises(ClapError, match="not PolicyConfig") as caught:
        create(group, "baseline", PolicyConfig())
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_an_unknown_backend_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ClapError, match="baseline"):
        create(POLICIES, "nosuch")


def test_a_node_declares_the_settings_of_its_backend() -> None:
    context = rclpy.Context()
    rclpy.init(context=context)
    node = Node(
        "settings_probe",
        context=context,
    )
    try:
        parameters = BackendParameters(node, POLICIES)
        parameters.declare("baseline")
        parameters.declare("nosuch")
        assert node.get_parameter("baseline.hover_m").value == PolicyConfig().hover_m
        made = node.set_parameters(
            [
                Parameter("baseline.hover_m", value=0.12),
                Parameter("baseline.segmentation.hand.pad_width_m", value=0.02),
            ]
        )
        assert [result.successful for result in made] == [True, True]
        config = parameters.create("baseline")._config
        assert (config.hover_m, config.segmentation.hand.pad_width_m) == (0.12, 0.02)
        refused = node.set_parameters([Parameter("baseline.hover_m", value=5.0)])[0]
        assert not refused.successful
    finally:
        node.destroy_node()
        context.shutdown()
