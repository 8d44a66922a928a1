"""Poses are chosen that the arm can take, that show the board, and that tell the most."""

from __future__ import annotations

import numpy as np
import pytest

from clap_calibration import information
from clap_calibration.accuracy import difference, verify
from clap_calibration.looks import Mounting
from clap_calibration.poses import HAND_T_TCP, PoseChooser
from clap_calibration.rotations import missing
from clap_calibration.simulated import SimulatedLab, trial
from clap_core.errors import ClapError
from clap_core.geometry import transform_points
from clap_core.robot.config import SafetyConfig
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME, arm_specification

HOME_JOINTS = np.array(HOME)


def lab(mounting: Mounting, seed: int = 0) -> SimulatedLab:
    return SimulatedLab(mounting, np.random.default_rng(seed))


@pytest.mark.parametrize("mounting", Mounting)
def test_a_chosen_pose_is_reached_in_the_workspace_with_the_board_in_view(
    mounting: Mounting,
) -> None:
    scene = lab(mounting)
    planner = MotionPlanner(arm_specification("fr3"))
    chooser = PoseChooser(scene.setup, planner, np.random.default_rng(1))

    found = chooser.next(scene.guess, [], HOME_JOINTS)

    reached = planner.kinematics.forward(found.joints)
    assert reached == pytest.approx(found.base_T_hand @ HAND_T_TCP, abs=1e-3)
    assert not planner.collision.hit(found.joints)
    assert (reached[:3, 3] >= planner.safety.workspace_min_m).all()
    assert (reached[:3, 3] <= planner.safety.workspace_max_m).all()
    seen = scene.guess.camera_T_board(scene.setup, found.base_T_hand)
    points = transform_points(seen, scene.setup.board.corners)
    k = scene.setup.intrinsics
    pixels = points[:, :2] / points[:, 2:] * (k.fx, k.fy) + (k.cx, k.cy)
    assert (pixels > 0).all() and (pixels < (k.width, k.height)).all()


def test_a_board_in_the_hand_is_kept_over_the_table() -> None:
    scene = lab(Mounting.ON_STAND)
    chooser = PoseChooser(
        scene.setup, MotionPlanner(arm_specification("fr3")), np.random.default_rng(1)
    )
    for hand in chooser.candidates(scene.guess):
        corners = transform_points(hand @ scene.guess.carrier_T_board, scene.setup.board.outline)
        assert corners[:, 2].min() > 0.02


def test_where_the_arm_cannot_go_is_said_with_a_cure() -> None:
    scene = lab(Mounting.ON_STAND)
    corner = SafetyConfig(workspace_min_m=(0.15, -0.6, 0.88), workspace_max_m=(0.17, -0.58, 0.9))
    chooser = PoseChooser(
        scene.setup,
        MotionPlanner(arm_specification("fr3"), safety=corner),
        np.random.default_rng(1),
    )
    with pytest.raises(ClapError, match=r"--guided"):
        chooser.next(scene.guess, [], HOME_JOINTS)


@pytest.mark.parametrize("mounting", Mounting)
def test_each_chosen_look_makes_the_camera_surer_and_all_rotations_come(mounting: Mounting) -> None:
    scene = lab(mounting)
    looks = scene.looks(8)
    hands = [look.base_T_hand for look in looks]
    unsure = [
        float(information.uncertainty_mm(information.of_looks(scene.setup, scene.guess, hands[:n])))
        for n in range(len(hands) + 1)
    ]
    assert unsure == sorted(unsure, reverse=True)
    assert unsure[-1] < 2.0
    assert missing(hands) == []


def test_chosen_poses_are_worth_more_than_drawn_ones() -> None:
    scene = lab(Mounting.ON_STAND, 3)
    chosen, drawn = (
        [look.base_T_hand for look in scene.looks(6, greedy=True)],
        PoseChooser(
            scene.setup, MotionPlanner(arm_specification("fr3")), np.random.default_rng(5)
        ).candidates(scene.guess)[:6],
    )
    sure, less = (
        float(information.uncertainty_mm(information.of_looks(scene.setup, scene.truth, hands)))
        for hands in (chosen, drawn)
    )
    assert sure < less


@pytest.mark.parametrize("mounting", Mounting)
def test_a_rendered_calibration_recovers_the_camera(mounting: Mounting) -> None:
    result = trial(mounting, poses=12, seed=4)
    assert result.error_mm < 1.0
    assert result.error_deg < 0.2
    assert result.unseen_mm < 2.0
    assert result.verified.held_out == 3


def test_an_arm_that_errs_by_millimetres_is_told_by_the_claim() -> None:
    rough = SimulatedLab(Mounting.ON_STAND, np.random.default_rng(2), arm_sigma_m=0.0015)
    verified = verify(rough.setup, rough.looks(12))
    error_mm, _ = difference(
        verified.calibration.estimate.parent_T_camera, rough.truth.parent_T_camera
    )
    assert verified.calibration.claimed_mm > 0.5
    assert error_mm < 4 * verified.calibration.claimed_mm
    assert verified.held_out_mm > 0.8
