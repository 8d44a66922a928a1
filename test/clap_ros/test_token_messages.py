"""Tokens as messages: what a subscriber reads is what was computed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message

from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_msgs import msg
from clap_ros import token_messages

GENERATOR = np.random.default_rng(3)
TOKENS = CloudTokens(
    centers=GENERATOR.normal(size=(5, 3)).astype(np.float32),
    features=GENERATOR.normal(size=(5, 7)).astype(np.float32),
    keypoint=np.array([0.5, -0.1, 0.03]),
    half_edge_m=0.2,
    points=812,
    model="clar-tiny",
    weights_sha256="ab" * 32,
    engine="torch",
    latency_s=0.0125,
    frame="base",
    stamp_ns=3_000_000_007,
)


def test_tokens_come_back_over_the_wire() -> None:
    sent = token_messages.to_message(TOKENS)
    got = token_messages.from_message(deserialize_message(serialize_message(sent), msg.CloudTokens))
    for field in dataclasses.fields(CloudTokens):
        np.testing.assert_array_equal(getattr(got, field.name), getattr(TOKENS, field.name))
    assert got.features.dtype == got.centers.dtype == np.float32
    assert len(got) == 5


def test_the_layout_is_the_documented_one() -> None:
    # A view that is not contiguous, as a slice of a larger batch may be.
    features = np.asfortranarray(TOKENS.features)
    message = token_messages.to_message(dataclasses.replace(TOKENS, features=features))
    assert message.width == 7
    assert list(message.features[2 * 7 : 3 * 7]) == TOKENS.features[2].tolist()
    assert message.centers[2].y == pytest.approx(TOKENS.centers[2, 1])
    assert (message.header.frame_id, message.header.stamp.nanosec) == ("base", 7)


def test_no_tokens_are_tokens_too() -> None:
    none = dataclasses.replace(
        TOKENS, centers=np.empty((0, 3), np.float32), features=np.empty((0, 7), np.float32)
    )
    got = token_messages.from_message(token_messages.to_message(none))
    assert got.features.shape == (0, 7) and len(got) == 0


@pytest.mark.parametrize("field", ["width", "centers", "features"])
def test_numbers_that_do_not_fit_are_refused(field: str) -> None:
    message = token_messages.to_message(TOKENS)
    if field == "width":
        message.width = 6
    elif field == "centers":
        message.centers = message.centers[:-1]
    else:
        message.features = message.features[:-1]
    with pytest.raises(ClapError, match="features") as raised:
        token_messages.from_message(message)
    assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_centers_and_features_belong_together() -> None:
    with pytest.raises(ValueError, match="do not belong"):
        dataclasses.replace(TOKENS, centers=TOKENS.centers[:-1])
    with pytest.raises(ValueError, match="must be"):
        dataclasses.replace(TOKENS, features=TOKENS.features[0])
