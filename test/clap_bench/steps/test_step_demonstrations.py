"""Demonstrations in steps: written whole, taken up again, and what they hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clap_bench.production import FileStatus
from clap_bench.steps.demonstrations import carry_out, orders
from clap_bench.suite.seeds import TRAIN_START
from clap_core.errors import ClapError
from clap_data.archives import DamagedFileError
from clap_data.steps import StepFile, StepFolder


def test_they_hold_each_look_and_what_the_expert_did(sliding: str, tmp_path: Path) -> None:
    for order in orders(sliding, ["slide"], 2, 0, 0.0, tmp_path):
        assert carry_out(order).status is FileStatus.MADE
    files = [(file.record, file.arrays) for file in StepFolder(tmp_path)]
    assert len(files) == 2
    record, arrays = files[0]
    assert (record.suite, record.variation) == (sliding, "slide")
    assert record.seed >= TRAIN_START
    assert arrays.xyz_m.shape == (record.steps, record.points, 3)
    assert arrays.states.shape == (record.steps, 4)
    moved_m = np.diff(arrays.states[:, 0])
    np.testing.assert_allclose(moved_m, 0.01 * arrays.actions[:-1, 0], atol=1e-6)
    heap_m = arrays.xyz_m[0].mean(axis=0)
    assert abs(arrays.states[-1, 0] + 0.01 * arrays.actions[-1, 0] - heap_m[0]) < 0.01


def test_what_is_there_and_whole_is_kept_and_what_is_damaged_is_made_again(
    sliding: str, tmp_path: Path
) -> None:
    (order,) = orders(sliding, ["slide"], 1, 7, 0.0, tmp_path)
    carry_out(order)
    first = order.path.read_bytes()
    assert carry_out(order).status is FileStatus.KEPT
    order.path.write_bytes(first[: len(first) // 2])
    with pytest.raises(DamagedFileError):
        StepFile(order.path)
    assert carry_out(order).status is FileStatus.REMADE
    assert order.path.read_bytes() == first


def test_another_collections_file_is_left_alone(sliding: str, tmp_path: Path) -> None:
    (order,) = orders(sliding, ["slide"], 1, 0, 0.0, tmp_path)
    carry_out(order)
    (shaken,) = orders(sliding, ["slide"], 1, 0, 0.5, tmp_path)
    with pytest.raises(ClapError, match="another demonstration"):
        carry_out(shaken)


def test_a_shaken_hand_leaves_the_way_and_the_stored_action_leads_back(
    sliding: str, tmp_path: Path
) -> None:
    (order,) = orders(sliding, ["slide-far"], 1, 0, 0.5, tmp_path)
    carry_out(order)
    with StepFile(order.path) as file:
        arrays = file.arrays
    moved = np.diff(arrays.states[:, 0]) / 0.01
    assert np.abs(moved - arrays.actions[:-1, 0]).max() > 0.1
    assert np.abs(arrays.actions).max() <= 1.0


def test_a_folder_without_demonstrations_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match=r"\*.steps") as caught:
        StepFolder(tmp_path)
    assert "./clap data metaworld" in caught.value.cure
