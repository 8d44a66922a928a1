"""The learned policy's network: votes of anchors, and how likely they find what was shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from policy_things import bracket, foot, shown, taking

from clap_core.geometry import rotation_distance, tool_down
from clap_learning.clar.config import EncoderConfig
from clap_learning.policy.clap.anchors import ANCHORS, VoteAnchor
from clap_learning.policy.clap.batches import inputs_of, wanted_of
from clap_learning.policy.clap.examples import PolicyExample, example_of
from clap_learning.policy.clap.likelihood import PolicyLossConfig, loss_of
from clap_learning.policy.clap.network import (
    PolicyNetwork,
    PolicyNetworkConfig,
    Votes,
    rotation_matrices,
)
from clap_learning.policy.clap.proposing import proposals

ENCODER = EncoderConfig(
    name="little", points=64, patches=6, patch_points=16, width=32, depth=1, heads=2, drop_path=0.0
)
SIZES = PolicyNetworkConfig(
    points=64, patches=6, encoder_depth=1, width=32, layers=1, heads=2, text_width=4, steps=3
)
PLAIN = PolicyLossConfig(dense=0.0, manner=0.0)
AT = (0.5, 0.1)


def example() -> PolicyExample:
    return example_of(shown(bracket(AT, 0.3), foot(AT), taking(tool_down((*AT, 0.04), yaw=0.3))))


def unseen(one: PolicyExample) -> PolicyExample:
    nothing = replace(one.now, xyz=one.now.xyz[:0], rgb=one.now.rgb[:0])
    return replace(one, now=nothing)


def network() -> PolicyNetwork:
    torch.manual_seed(0)
    return PolicyNetwork(SIZES, ENCODER).eval()


def words(*examples: PolicyExample) -> dict[str, torch.Tensor]:
    texts = {text for one in examples for text in one.now.query.texts if text}
    return {text: torch.full((384,), 0.05) for text in texts}


@torch.no_grad()
def votes_of(*examples: PolicyExample) -> Votes:
    inputs = inputs_of([one.now for one in examples], ENCODER, words(*examples))
    said = network()(inputs)
    assert isinstance(said, Votes)
    return said


def told(
    positions_m: list[tuple[float, float, float]], rotation: torch.Tensor, heat: list[float]
) -> Votes:
    """Votes of anchors for one key pose, each 5 mm and 0.1 rad exact."""
    count = len(heat)
    return Votes(
        torch.tensor([heat]),
        torch.tensor(positions_m)[None, :, None],
        rotation.expand(1, count, 1, 3, 3),
        torch.full((1, count, 1), 0.005).log(),
        torch.full((1, count, 1), 0.1).log(),
        torch.zeros(1, 1),
    )


def test_no_rotation_is_told_by_zeros_and_all_are_rotations() -> None:
    torch.testing.assert_close(rotation_matrices(torch.zeros(6)), torch.eye(3))
    drawn = rotation_matrices(torch.randn(100, 6))
    torch.testing.assert_close(drawn.mT @ drawn, torch.eye(3).expand(100, 3, 3), atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.linalg.det(drawn), torch.ones(100), atol=1e-4, rtol=0)


def test_one_answer_does_not_depend_on_what_else_is_asked() -> None:
    one, other = example(), unseen(example())
    alone, both = votes_of(one), votes_of(other, one)
    torch.testing.assert_close(both.heat[1:], alone.heat)
    torch.testing.assert_close(both.positions_m[1:], alone.positions_m)


def test_what_is_not_there_is_not_believed() -> None:
    said = votes_of(unseen(example()))
    share = said.heat.softmax(dim=1)[0]
    assert share[ANCHORS.index(VoteAnchor.ONWARD)] == 0.0
    assert float(share[len(ANCHORS) :].sum()) == 0.0
    seen = votes_of(example()).heat.softmax(dim=1)[0]
    assert float(seen[len(ANCHORS) :].sum()) > 0.0


def test_right_votes_are_likelier_and_a_hand_turned_by_half_is_as_right() -> None:
    one = example()
    only = replace(one, poses=one.poses[:1])
    wanted = wanted_of([only], 1, {only.manner: 0})
    rotation = torch.from_numpy(only.poses[0][:3, :3]).float()
    right = tuple(only.poses[0][:3, 3])
    wrong = (right[0] + 0.03, *right[1:])
    half = rotation * torch.tensor([-1.0, -1.0, 1.0])
    best = loss_of(told([right], rotation, [0.0]), wanted, PLAIN)
    assert best < loss_of(told([wrong], rotation, [0.0]), wanted, PLAIN) - 1.0
    twin = loss_of(told([right], half, [0.0]), wanted, PLAIN)
    torch.testing.assert_close(twin, best, atol=1e-3, rtol=0)
    holding = replace(only, now=replace(only.now, tcp_p_held=np.zeros(3)))
    held = wanted_of([holding], 1, {only.manner: 0})
    assert loss_of(told([right], half, [0.0]), held, PLAIN) > best + 1.0


def test_one_of_two_ways_is_as_good_as_believed_and_the_middle_is_worse() -> None:
    one = example()
    only = replace(one, poses=one.poses[:1])
    wanted = wanted_of([only], 1, {only.manner: 0})
    rotation = torch.from_numpy(only.poses[0][:3, :3]).float()
    x, y, z = only.poses[0][:3, 3]
    mixed = loss_of(told([(x, y, z), (x + 0.1, y, z)], rotation, [0.0, 0.0]), wanted, PLAIN)
    middle = loss_of(told([(x + 0.05, y, z)] * 2, rotation, [0.0, 0.0]), wanted, PLAIN)
    certain = loss_of(told([(x, y, z)], rotation, [0.0]), wanted, PLAIN)
    assert float(mixed) == pytest.approx(float(certain) + np.log(2.0), abs=1e-3)
    assert mixed < middle - 1.0


def test_ways_that_differ_are_proposed_apart_and_the_likeliest_first() -> None:
    rotation = torch.eye(3)
    positions = [(0.0, 0.0, 0.1), (0.004, 0.0, 0.1), (0.1, 0.0, 0.1), (0.2, 0.0, 0.1)]
    said = told(positions, rotation, [1.0, 1.0, 2.0, -9.0])
    ways = list(proposals(said, 0, 1, None))
    assert [round(float(way.poses[0][0, 3]), 3) for way in ways] == [0.1, 0.002]
    assert ways[0].share > ways[1].share
    assert ways[0].spread_m == pytest.approx(0.005, rel=1e-3)


def test_votes_for_a_hand_and_for_its_twin_are_one_way() -> None:
    said = told([(0.0, 0.0, 0.1)] * 2, torch.eye(3), [0.0, 0.0])
    turned = said.rotations.clone()
    turned[0, 1] *= torch.tensor([-1.0, -1.0, 1.0])
    (way,) = proposals(replace(said, rotations=turned), 0, 1, None)
    assert way.share == pytest.approx(1.0)
    assert rotation_distance(way.poses[0], np.eye(4)) < 1e-6


def test_what_is_held_comes_to_where_it_was_voted() -> None:
    held = np.array([0.0, 0.0, 0.05])
    (way,) = proposals(told([(0.1, 0.0, 0.02)], torch.eye(3), [0.0]), 0, 1, held)
    np.testing.assert_allclose(way.poses[0][:3, 3] + held, (0.1, 0.0, 0.02), atol=1e-6)
