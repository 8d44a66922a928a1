"""A table that is higher, lower or sloped moves keypoints and actions along, and nothing else."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from synthetic_table import Table as Model

from clap_baseline.keypoint import GeometricKeypointFinder
from clap_baseline.policy import AnalyticPolicy
from clap_baseline.segments.segmentation import Segmenter
from clap_baseline.segments.table import Table
from clap_core.backends import Observation, Scene
from clap_core.geometry import tool_down
from clap_core.point_cloud import PointCloud
from clap_core.task_types import Action, ActionChunk, HeldObject, Keypoint, Relation, SubTask

FLAT = Table()
TABLES = {
    "higher": Table(offset_m=0.015),
    "lower": Table(offset_m=-0.015),
    "sloped": Table(slope_x=0.012, slope_y=-0.02, offset_m=-0.006),
}
TOLERANCE_M = 0.004
"""A voxel's: the same surface falls into other voxels when it is moved."""

ABOVE_FREE_TABLE = tool_down([0.42, -0.30, 0.30])
ABOVE_BLOCK = tool_down([0.62, 0.14, 0.30])
HELD = HeldObject("red mug", 0.055, 0.041, np.array([0.0, -0.05, -0.01]), 1.0)


def task(action: Action, thing: str, relation: Relation = Relation.NONE) -> SubTask:
    reference = "" if relation is Relation.NONE else "plate"
    return SubTask(action, action.value, thing, relation=relation, reference=reference)


SUBTASKS = {
    "approach mug": (task(Action.APPROACH, "red mug"), None),
    "grasp mug": (task(Action.GRASP, "red mug"), None),
    "grasp block": (task(Action.GRASP, "green block"), None),
    "press": (task(Action.PRESS, "purple button"), None),
    "move next to": (task(Action.MOVE, "red mug", Relation.NEXT_TO), HELD),
    "move on": (task(Action.MOVE, "red mug", Relation.ON), HELD),
    "push": (task(Action.PUSH, "green block", Relation.NEXT_TO), None),
    "release": (task(Action.RELEASE, "red mug"), HELD),
}


@cache
def laid() -> PointCloud:
    model = Model()
    model.mug("red", 0.42, 0.15, 1.0)
    model.plate("white", 0.60, -0.15)
    model.block("green", 0.62, 0.14, 0.3)
    model.button("purple", 0.35, -0.10)
    return model.cloud()


def heights(table: Table, xyz: NDArray[np.floating]) -> NDArray[np.float64]:
    """What the table adds to the height of each point."""
    return np.array([table.z_at(row) for row in xyz])


def moved(table: Table, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """A point above the flat table, above this one."""
    return np.array([*point[:2], point[2] + table.z_at(point)])


@cache
def scene(name: str, above: str = "table") -> Scene:
    table, cloud = TABLES.get(name, FLAT), laid()
    xyz = cloud.xyz + np.outer(heights(table, cloud.xyz), [0.0, 0.0, 1.0])
    tcp = (ABOVE_BLOCK if above == "block" else ABOVE_FREE_TABLE).copy()
    tcp[2, 3] += table.z_at(tcp[:3, 3])
    return Scene(PointCloud(xyz.astype(np.float32), cloud.rgb), tcp, 0.08)


@cache
def answered(subtask: str, table: str, above: str) -> tuple[Keypoint, ActionChunk]:
    step, held = SUBTASKS[subtask]
    seen = scene(table, above)
    keypoint = GeometricKeypointFinder().find(step, seen).require()
    return keypoint, AnalyticPolicy().act(Observation(step, keypoint, seen, held))


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_found(name: str) -> None:
    table = Segmenter().segment(scene(name)).table
    for xy in ((0.3, -0.4), (0.7, 0.4)):
        assert table.z_at(xy) == pytest.approx(TABLES[name].z_at(xy), abs=0.002)


@pytest.mark.parametrize("name", TABLES)
def test_objects_keep_their_measures(name: str) -> None:
    flat = {s.name: s for s in Segmenter().segment(scene("flat")).segments}
    moved = {s.name: s for s in Segmenter().segment(scene(name)).segments}
    assert flat.keys() == moved.keys()
    assert "red mug" in flat
    for label, segment in moved.items():
        assert segment.shape.top_m == pytest.approx(flat[label].shape.top_m, abs=TOLERANCE_M)
        expected = TABLES[name].z_at(segment.shape.center)
        assert segment.table_z == pytest.approx(expected, abs=TOLERANCE_M)


@pytest.mark.parametrize("above", ["table", "block"])
@pytest.mark.parametrize("subtask", SUBTASKS)
@pytest.mark.parametrize("name", TABLES)
def test_keypoints_and_actions_move_along(name: str, subtask: str, above: str) -> None:
    table = TABLES[name]
    flat_point, flat_chunk = answered(subtask, "flat", above)
    point, chunk = answered(subtask, name, above)
    np.testing.assert_allclose(point.point, moved(table, flat_point.point), atol=TOLERANCE_M)

    assert [action.text for action in chunk.actions] == [a.text for a in flat_chunk.actions]
    assert chunk.actions
    for action, flat in zip(chunk.actions, flat_chunk.actions, strict=True):
        np.testing.assert_allclose(
            action.base_T_tcp[:3, 3],
            moved(table, flat.base_T_tcp[:3, 3]),
            atol=2 * TOLERANCE_M,
            err_msg=action.text,
        )
