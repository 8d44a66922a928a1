"""Scenes that are made: the same each time, and their labels are where the objects are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from clap_bench.gembench import suite
from clap_bench.pretraining.arrangement import Arranger
from clap_bench.pretraining.captions import caption
from clap_bench.pretraining.composition import Composition, compose
from clap_bench.pretraining.held_out import PROBE, TRAIN
from clap_bench.pretraining.production import SHARD_SCENES, ShardOrder, carry_out, orders
from clap_bench.pretraining.rendering import SceneCamera
from clap_bench.pretraining.scenes import VIEWS, Group, make_group
from clap_bench.pretraining.viewpoints import Viewpoint
from clap_bench.production import FileStatus
from clap_core.camera import CameraView, back_project, project
from clap_core.camera.projection import depth_in_metres
from clap_core.errors import ClapError
from clap_data.scenes import PackedScene, SceneShard, write_shard
from clap_sim.world import World
from clap_sim.world.fixtures import Button

SIZE_PX = 160
VIEW = Viewpoint(20.0, 40.0, 0.9, (0.5, 0.0, 0.05), 3.0, 50.0)


def points(view: CameraView, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    rows, columns = np.nonzero(chosen)
    depth_m = depth_in_metres(view.depth)[rows, columns]
    seen = back_project(np.stack([columns, rows], axis=1), depth_m, view.intrinsics)
    return seen @ view.base_T_camera[:3, :3].T + view.base_T_camera[:3, 3]


def build(variation: str) -> tuple[World, Composition]:
    task = suite.task(variation)
    scene = task.scene(np.random.default_rng(0))
    return World(scene, 0, cameras=()), Composition(variation, task, scene)


@pytest.fixture(scope="module")
def made() -> list[PackedScene]:
    return list(make_group(Group(TRAIN, 5, 0, 2)))


@pytest.mark.parametrize("variation", ["stack_blocks+30", "pick_up_cup+8"])
def test_labelled_pixels_lie_on_their_objects(variation: str) -> None:
    world, _ = build(variation)
    camera = SceneCamera(world, SIZE_PX)
    view, labels = camera.look("view", VIEW.intrinsics(SIZE_PX), VIEW.base_T_camera())
    camera.close()
    checked = 0
    for row in camera.labels.table:
        found = points(view, labels == row.label)
        if row.object == "table":
            top = found[np.abs(found[:, 2]) < 0.02]
            assert len(top) > 1000 and np.abs(top[:, 2]).max() < 0.004
        if row.object not in world.objects or len(found) < 20:
            continue
        checked += 1
        model = world.objects[row.object].model
        base_T_object = world.base_T_object(row.object)
        local = (found - base_T_object[:3, 3]) @ base_T_object[:3, :3]
        assert np.hypot(*local[:, :2].T).max() < model.footprint_radius_m + 0.004
        assert local[:, 2].min() > -0.004 and local[:, 2].max() < model.height_m + 0.004
    assert checked >= 2


def test_parts_are_told_apart() -> None:
    world, _ = build("open_drawer+0")
    camera = SceneCamera(world, SIZE_PX)
    front = Viewpoint(175.0, 35.0, 0.8, (0.7, 0.0, 0.1), 0.0, 50.0)
    view, labels = camera.look("view", front.intrinsics(SIZE_PX), front.base_T_camera())
    camera.close()
    parts = {row.part: row.label for row in camera.labels.table if row.object == "chest"}
    assert set(parts) == {"body", "drawer", "handle"}
    handles = np.array([world.data.site(f"chest_drawer{k}_handle").xpos for k in range(3)])
    found = points(view, labels == parts["handle"])
    assert len(found) > 10
    away = np.linalg.norm(found[:, None] - handles[None], axis=2).min(axis=1)
    assert away.max() < 0.07
    assert (labels == parts["drawer"]).sum() > 5 * len(found)


def test_views_agree_in_the_base_frame(made: list[PackedScene]) -> None:
    """What one camera sees is, seen by another, where that one sees it: to 5 mm."""
    compared = 0
    for scene in made:
        views = scene.unpack().views
        for first in views:
            depth = depth_in_metres(first.depth)
            cloud = points(first, (depth > 0.0) & (depth < 1.5))
            for second in views:
                if second is first:
                    continue
                pixels, depth_m, inside = project(cloud, second.intrinsics, second.base_T_camera)
                columns, rows = np.rint(pixels[inside]).astype(int).T
                seen = depth_in_metres(second.depth)
                off = seen[rows, columns] - depth_m[inside]
                # Slanted surfaces differ within a pixel, and what is hidden differs by a lot.
                visible = np.abs(off) < 0.03
                if visible.sum() < 500:
                    continue
                compared += 1
                assert np.median(np.abs(off[visible])) < 0.0025
                assert np.abs(np.median(off[visible])) < 0.001
    assert compared >= 4


def test_the_same_group_gives_the_same_bytes(made: list[PackedScene], tmp_path: Path) -> None:
    write_shard(tmp_path / "a", made)
    write_shard(tmp_path / "b", make_group(Group(TRAIN, 5, 0, 2)))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    other = next(make_group(Group(TRAIN, 6, 0, 1)))
    assert other.images[0].color != made[0].images[0].color


def test_scenes_of_a_group_differ_and_are_complete(made: list[PackedScene]) -> None:
    first, second = (scene.unpack() for scene in made)
    assert first.record.number == 0 and second.record.number == 1
    assert first.record.variation == second.record.variation
    low, high = VIEWS[TRAIN]
    for scene in (first, second):
        record = scene.record
        assert low <= len(scene.views) <= high
        assert record.exact_depth and record.caption and record.split == TRAIN
        known = {0, *(row.label for row in record.labels)}
        assert all(set(np.unique(labels)) <= known for labels in scene.labels)
    assert not np.array_equal(first.views[0].depth, second.views[0].depth)


def test_a_probe_has_a_rig_that_turns() -> None:
    record = next(make_group(Group(PROBE, 0, 0, 1))).record
    turned = Counter(view.rotation_deg for view in record.views)
    assert turned == {None: VIEWS[PROBE][0], 0.0: 3, 15.0: 3, 30.0: 3, 45.0: 3}


def test_arrangements_are_sane() -> None:
    """Nothing is lost, joints keep their ranges, and arms differ."""
    world, composition = build("open_drawer+0")
    arranger = Arranger(world, composition)
    rng = np.random.default_rng(0)
    arms, openings = [], []
    for seed in range(12):
        assert arranger.arrange(rng, seed)
        arms.append(world.data.qpos[world.arm_qpos].copy())
        openings.append([float(world.data.joint(f"chest_drawer{k}").qpos[0]) for k in range(3)])
        assert np.isfinite(world.data.qpos).all()
        deepest = world.data.contact.dist[: world.data.ncon].min(initial=0.0)
        assert deepest > -0.012
    assert np.ptp(np.array(arms)[:, 0]) > 1.0
    low, high = world.model.joint("chest_drawer0").range
    assert low <= np.min(openings) and np.max(openings) <= high
    assert np.ptp(openings) > 0.05


def test_composition_mixes_tasks() -> None:
    sizes = {
        count: len(compose(TRAIN, np.random.default_rng(3), extras=count).scene.items)
        for count in (0, 3)
    }
    assert sizes[3] == sizes[0] + 3
    variations = {compose(TRAIN, np.random.default_rng(k)).variation for k in range(40)}
    assert len(variations) > 12


def test_caption_names_and_counts() -> None:
    models = [Button("gray"), Button("olive"), Button("gray")]
    words = caption(models, np.random.default_rng(0))
    assert "two gray buttons" in words and "an olive button" in words


def test_orders_are_files_of_64() -> None:
    work = orders(TRAIN, 130, 3, Path("x"))
    assert [order.count for order in work] == [SHARD_SCENES, SHARD_SCENES, 2]
    assert work[2].first == 128 and work[2].path.name == "train-3-000002.scenes"
    for arguments in (("L2", 1, 0), (TRAIN, 0, 0), (TRAIN, 1, -1)):
        with pytest.raises(ClapError):
            orders(*arguments, Path("x"))


def test_what_is_whole_is_kept_and_what_is_not_is_made_again(tmp_path: Path) -> None:
    order = ShardOrder(TRAIN, 5, 0, 1, tmp_path)
    assert carry_out(order).status is FileStatus.MADE
    content = order.path.read_bytes()
    assert carry_out(order).status is FileStatus.KEPT
    order.path.write_bytes(content[:2000])
    assert carry_out(order).status is FileStatus.REMADE
    assert order.path.read_bytes() == content
    assert carry_out(ShardOrder(TRAIN, 5, 0, 2, tmp_path)).status is FileStatus.REMADE
    with SceneShard(order.path) as shard:
        assert len(shard) == 2
    # A file of other scenes is not overwritten.
    order.path.rename(tmp_path / "train-5-000001.scenes")
    with pytest.raises(ClapError, match="holds other scenes"):
        carry_out(ShardOrder(TRAIN, 5, 1, 1, tmp_path))


def test_segmentation_draws_what_colour_draws() -> None:
    """A geom hidden from the picture is in neither."""
    world, _ = build("push_button+0")
    camera = SceneCamera(world, SIZE_PX)
    optics, pose = VIEW.intrinsics(SIZE_PX), VIEW.base_T_camera()
    _, before = camera.look("view", optics, pose)
    cap = world.model.body("maroon_button_cap").id
    for geom in np.flatnonzero(world.model.geom_bodyid == cap):
        world.model.geom_group[geom] = 4
    mujoco.mj_forward(world.model, world.data)
    _, after = camera.look("view", optics, pose)
    camera.close()
    label = next(
        row.label
        for row in camera.labels.table
        if (row.object, row.part) == ("maroon_button", "cap")
    )
    assert (before == label).sum() > 20 and not (after == label).any()
