"""The camera is found where it is, and looks that cannot tell are refused with the reason."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from clap_calibration import information
from clap_calibration.accuracy import difference, require_own_place, verify
from clap_calibration.board import Board
from clap_calibration.closed_form import first_estimate
from clap_calibration.detection import Corners
from clap_calibration.errors import (
    BoardSizeError,
    InconsistentLooksError,
    MissingRotationError,
    WrongCameraError,
)
from clap_calibration.looks import BoardLook, Estimate, Mounting, Setup, motion, residuals
from clap_calibration.rotations import missing
from clap_calibration.simulated import D435, nominal
from clap_calibration.solver import calibrate
from clap_calibration.spread import jacobians

ARM_SIGMA = np.array([2e-4] * 3 + [3e-4] * 3)


class Looks:
    """Looks of a known camera without pictures: corners with noise, an arm with its own error."""

    def __init__(self, mounting: Mounting, seed: int = 0, noise_px: float = 0.1) -> None:
        self.rng = np.random.default_rng(seed)
        self.setup = Setup(Board(), D435, mounting)
        start = nominal(self.setup, self.rng)
        self.truth = information.shaken(start, 0.03, 0.05, self.rng)
        self.noise_px = noise_px

    def hand(self, turn_deg: tuple[float, float, float], towards: float = 0.55) -> np.ndarray:
        """A pose of the hand that has the board before the camera, turned by rotation vector."""
        seen = np.eye(4)
        seen[:3, :3] = Rotation.from_rotvec(turn_deg, degrees=True).as_matrix()
        seen[:3, 3] = (0.0, 0.0, towards) - seen[:3, :3] @ self.setup.board.centre
        seen[:2, 3] += self.rng.uniform(-0.04, 0.04, 2)
        return self.setup.mounting.base_T_hand(
            self.truth.parent_T_camera @ seen @ np.linalg.inv(self.truth.carrier_T_board)
        )

    def look(self, hand: np.ndarray, arm: float = 1.0, scale: float = 1.0) -> BoardLook:
        actual = hand @ motion(arm * self.rng.standard_normal(6) * ARM_SIGMA)
        ids = np.arange(len(self.setup.board.corners))
        nothing = Corners(ids, np.zeros((len(ids), 2)), 2.5)
        exact = residuals(self.setup, [BoardLook(actual, nothing)], self.truth, scale)[0].reshape(
            -1, 2
        )
        noise = self.rng.normal(0.0, self.noise_px, exact.shape)
        return BoardLook(hand, replace(nothing, pixels=exact + noise))

    def many(self, count: int = 16, arm: float = 1.0, scale: float = 1.0) -> list[BoardLook]:
        turns = self.rng.uniform(-35.0, 35.0, (count, 3))
        distances = self.rng.uniform(0.4, 0.7, count)
        return [
            self.look(self.hand(tuple(turn), far), arm, scale)
            for turn, far in zip(turns, distances, strict=True)
        ]


@pytest.mark.parametrize("mounting", Mounting)
def test_without_noise_the_camera_is_found_exactly_and_without_a_guess(mounting: Mounting) -> None:
    scene = Looks(mounting, noise_px=0.0)
    looks = scene.many(arm=0.0)

    begun = first_estimate(scene.setup, looks)
    found = calibrate(scene.setup, looks)

    assert difference(begun.parent_T_camera, scene.truth.parent_T_camera)[0] < 1.0
    shift_mm, turn_deg = difference(found.estimate.parent_T_camera, scene.truth.parent_T_camera)
    assert shift_mm < 1e-3
    assert turn_deg < 1e-4
    assert difference(found.estimate.carrier_T_board, scene.truth.carrier_T_board)[0] < 1e-3


@pytest.mark.parametrize("mounting", Mounting)
def test_with_noise_the_camera_is_found_within_a_millimetre(mounting: Mounting) -> None:
    for seed in range(5):
        scene = Looks(mounting, seed)
        found = calibrate(scene.setup, scene.many(arm=0.5))
        error_mm, error_deg = difference(
            found.estimate.parent_T_camera, scene.truth.parent_T_camera
        )
        assert error_mm < 1.0
        assert error_deg < 0.2


@pytest.mark.parametrize("mounting", Mounting)
@pytest.mark.parametrize("arm", [0.0, 2.0], ids=["errors of pixels", "errors of the arm"])
def test_the_claimed_error_is_the_true_one(mounting: Mounting, arm: float) -> None:
    true, claimed = [], []
    for seed in range(60):
        scene = Looks(mounting, 100 + seed)
        found = calibrate(scene.setup, scene.many(15, arm=arm))
        true.append(difference(found.estimate.parent_T_camera, scene.truth.parent_T_camera)[0])
        claimed.append(found.claimed_mm)
    ratio = np.sqrt(np.mean(np.square(claimed)) / np.mean(np.square(true)))
    assert 0.7 < ratio < 1.3


def test_the_jacobian_is_that_of_the_residuals() -> None:
    scene = Looks(Mounting.ON_STAND)
    looks = scene.many(3)
    told = np.concatenate(jacobians(scene.setup, looks, scene.truth))
    step = 1e-6
    for column, direction in enumerate(np.eye(12)):
        ahead, behind = (
            np.concatenate(
                residuals(scene.setup, looks, scene.truth.moved(sign * step * direction))
            )
            for sign in (1, -1)
        )
        assert (ahead - behind) / (2 * step) == pytest.approx(told[:, column], rel=1e-4, abs=1e-3)


def test_moves_without_turns_are_refused_with_what_is_missing() -> None:
    scene = Looks(Mounting.ON_STAND)
    looks = [scene.look(scene.hand((10.0, 5.0, 0.0), far)) for far in np.linspace(0.4, 0.7, 10)]
    with pytest.raises(MissingRotationError, match=r"nod with the hand.*0 of 25 degrees") as caught:
        calibrate(scene.setup, looks)
    assert "joint 7" in caught.value.message


def test_one_and_the_same_pose_is_refused() -> None:
    scene = Looks(Mounting.ON_HAND)
    looks = [scene.look(scene.hand((20.0, 0.0, 0.0)))] * 12
    with pytest.raises(MissingRotationError):
        calibrate(scene.setup, looks)


def test_turns_about_one_axis_alone_are_refused() -> None:
    scene = Looks(Mounting.ON_STAND)
    looks = [scene.look(scene.hand((0.0, 0.0, turn))) for turn in np.linspace(-60, 60, 12)]
    with pytest.raises(MissingRotationError):
        calibrate(scene.setup, looks)


def test_nothing_is_missing_after_turns_about_all_axes() -> None:
    hands = [
        motion(np.radians([0, 0, 0, x, y, z]))
        for x, y, z in np.vstack([20 * np.eye(3), -20 * np.eye(3)])
    ]
    assert missing(hands) == []
    assert len(missing(hands[:1])) == 3


@pytest.mark.parametrize("percent", [-3.0, 3.0])
def test_a_board_that_was_not_printed_to_scale_is_refused_with_its_size(percent: float) -> None:
    scene = Looks(Mounting.ON_STAND)
    with pytest.raises(BoardSizeError) as caught:
        calibrate(scene.setup, scene.many(scale=1 + percent / 100))
    found = re.search(r"are ([\d.]+) mm wide", caught.value.message)
    assert found and float(found[1]) == pytest.approx(35 * (1 + percent / 100), abs=0.15)


def test_a_board_of_the_right_size_is_not_refused() -> None:
    for seed in range(10):
        scene = Looks(Mounting.ON_HAND, seed)
        calibrate(scene.setup, scene.many(12, arm=2.0))


@pytest.mark.parametrize("mounting", Mounting)
def test_a_wrong_focal_length_is_told_and_not_taken_for_a_wrong_board(mounting: Mounting) -> None:
    scene = Looks(mounting, 1)
    looks = scene.many(arm=0.5)
    assert not verify(scene.setup, looks).focal.is_wrong
    lens = replace(D435, fx=D435.fx * 1.015, fy=D435.fy * 1.015)

    told = verify(replace(scene.setup, intrinsics=lens), looks).focal

    assert told.is_wrong
    assert 100 * told.off == pytest.approx(-1.5, abs=0.4)


def test_a_look_from_elsewhere_than_the_arm_says_is_left_out_by_number() -> None:
    scene = Looks(Mounting.ON_STAND)
    looks = scene.many()
    moved = looks[5].base_T_hand @ motion(np.array([0.004, 0.0, 0.0, 0.0, 0.02, 0.0]))
    looks[5] = replace(looks[5], base_T_hand=moved)

    found = calibrate(scene.setup, looks)

    assert found.suspects == (5,)
    assert difference(found.estimate.parent_T_camera, scene.truth.parent_T_camera)[0] < 1.0


def test_joints_of_another_moment_are_refused() -> None:
    scene = Looks(Mounting.ON_STAND)
    looks = scene.many()
    hands = [look.base_T_hand for look in looks]
    late = [
        replace(look, base_T_hand=hand)
        for look, hand in zip(looks, hands[1:] + hands[:1], strict=True)
    ]
    with pytest.raises((InconsistentLooksError, BoardSizeError)):
        calibrate(scene.setup, late)


def test_too_few_looks_are_refused() -> None:
    scene = Looks(Mounting.ON_STAND)
    with pytest.raises(InconsistentLooksError, match="4 looks, and 5 are needed"):
        calibrate(scene.setup, scene.many(4))


def test_held_out_looks_and_halves_tell_of_an_arm_that_errs() -> None:
    exact, rough = (
        verify(scene.setup, scene.many(20, arm=arm))
        for arm, scene in ((0.0, Looks(Mounting.ON_STAND)), (5.0, Looks(Mounting.ON_STAND)))
    )
    assert exact.held_out == rough.held_out == 5
    assert exact.held_out_mm < 0.3 < rough.held_out_mm < 5.0
    assert exact.halves_mm < rough.halves_mm


def test_a_result_in_another_cameras_place_is_refused() -> None:
    left, right, front = (motion(np.array([0.3, y, 0.6, 0, 0, 0])) for y in (0.8, -0.8, 0.0))
    places = {"left": left, "right": right, "front": front}
    near_right = motion(np.array([0.31, -0.78, 0.6, 0, 0, 0]))
    with pytest.raises(WrongCameraError, match="'left' and 'right' are swapped"):
        require_own_place("left", near_right, places)
    require_own_place("right", near_right, places)
    require_own_place("wrist", near_right, places)


def test_a_twist_moves_both_poses() -> None:
    estimate = Estimate(np.eye(4), np.eye(4)).moved(np.arange(12) * 0.01)
    assert estimate.parent_T_camera[:3, 3] == pytest.approx([0.0, 0.01, 0.02])
    assert estimate.carrier_T_board[:3, 3] == pytest.approx([0.06, 0.07, 0.08])
