"""The scenes: reproducible, reachable, free of overlaps, at rest; objects found by name."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clap_core.errors import ClapError, ErrorCode
from clap_sim.referee.referee import Referee
from clap_sim.scenes import SCENES, scene
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, place
from clap_sim.world.tableware import Plate


@pytest.mark.parametrize("name", SCENES)
@given(seed=st.integers(0, 10_000))
def test_layouts_are_free_of_overlaps(name: str, seed: int) -> None:
    layout = place(SCENES[name], seed)
    items = SCENES[name].items
    for i, (pose, item) in enumerate(zip(layout, items, strict=True)):
        assert item.zone.x_m[0] <= pose.x_m <= item.zone.x_m[1]
        assert item.zone.y_m[0] <= pose.y_m <= item.zone.y_m[1]
        assert np.hypot(pose.x_m, pose.y_m) <= item.zone.reach_m[1]
        for other, neighbour in zip(layout[:i], items, strict=False):
            distance = np.hypot(pose.x_m - other.x_m, pose.y_m - other.y_m)
            radii = item.model.footprint_radius_m + neighbour.model.footprint_radius_m
            assert distance >= radii + SCENES[name].gap_m


def test_a_seed_gives_the_same_layout_and_another_one_another() -> None:
    assert place(scene("tabletop"), 7) == place(scene("tabletop"), 7)
    assert place(scene("tabletop"), 7) != place(scene("tabletop"), 8)


@pytest.mark.parametrize("name", SCENES)
def test_everything_stands_still(name: str) -> None:
    world = World(SCENES[name], seed=3)
    before = {item: world.base_T_object(item) for item in world.objects}
    for _ in range(1000):
        mujoco.mj_step(world.model, world.data)
    for item, pose in before.items():
        assert np.allclose(world.base_T_object(item), pose, atol=5e-4), item


@pytest.mark.parametrize("name", SCENES)
def test_objects_are_as_large_and_heavy_as_they_say(name: str) -> None:
    world = World(SCENES[name])
    for item in world.objects.values():
        corners = _visible_corners(world, item.body_id)
        assert corners[:, 2].max() == pytest.approx(item.model.height_m, abs=2e-3)
        reach = np.linalg.norm(corners[:, :2], axis=1).max()
        assert reach <= item.model.footprint_radius_m + 2e-3
        if item.model.movable:
            mass_kg = vars(item.model)["mass_kg"]
            assert world.model.body_subtreemass[item.body_id] == pytest.approx(mass_kg, rel=0.02)


def _visible_corners(world: World, body: int) -> np.ndarray:
    """[N, 3] vertices of the object's visible geometry in its frame."""
    model, data = world.model, world.data
    base_T_object = np.eye(4)
    base_T_object[:3, :3] = data.xmat[body].reshape(3, 3)
    base_T_object[:3, 3] = data.xpos[body]
    found = []
    for geom in range(model.ngeom):
        if model.body_rootid[model.geom_bodyid[geom]] != body or model.geom_group[geom] != 2:
            continue
        kind, size = model.geom_type[geom], model.geom_size[geom]
        if kind == mujoco.mjtGeom.mjGEOM_MESH:
            mesh = model.geom_dataid[geom]
            start = model.mesh_vertadr[mesh]
            points = model.mesh_vert[start : start + model.mesh_vertnum[mesh]]
        else:
            half = size if kind == mujoco.mjtGeom.mjGEOM_BOX else [size[0], 0.0, size[1]]
            points = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T * half
        in_base = points @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom]
        found.append((in_base - base_T_object[:3, 3]) @ base_T_object[:3, :3])
    return np.concatenate(found)


def test_reset_restores_the_layout_and_time_goes_on() -> None:
    world = World(scene("blocks"), seed=1)
    start = world.base_T_object("red_block")
    world.set_pose("red_block", np.array([0.4, 0.0, 0.3]), 1.0)
    for _ in range(100):
        mujoco.mj_step(world.model, world.data)
    world.reset()
    assert np.allclose(world.base_T_object("red_block"), start)
    assert world.data.time == pytest.approx(0.1)
    world.reset(seed=2)
    assert world.seed == 2
    assert not np.allclose(world.base_T_object("red_block"), start)


@pytest.mark.parametrize(
    ("text", "name"),
    [("red mug", "red_mug"), ("the cup", "red_mug"), ("plate", "white_plate"),
     ("yellow_block", "yellow_block"), ("The Purple Cube", "purple_block")],
)  # fmt: skip
def test_objects_are_found_by_words(text: str, name: str) -> None:
    assert World(scene("tabletop")).find(text).name == name


@pytest.mark.parametrize(
    ("where", "text", "code"),
    [
        ("tabletop", "black mug", ErrorCode.OBJECT_NOT_FOUND),
        ("tabletop", "the", ErrorCode.OBJECT_NOT_FOUND),
        ("tabletop", "block", ErrorCode.AMBIGUOUS),
        ("two_mugs", "red mug", ErrorCode.AMBIGUOUS),
    ],
)
def test_words_that_fit_none_or_several_are_errors(where: str, text: str, code: ErrorCode) -> None:
    with pytest.raises(ClapError) as caught:
        World(scene(where)).find(text)
    assert caught.value.code is code
    assert "red mug" in caught.value.seen


def test_an_unknown_scene_names_the_known_ones() -> None:
    with pytest.raises(ClapError, match="tabletop"):
        scene("kitchen")


def test_a_crowded_scene_says_so() -> None:
    crowded = SceneModel("crowded", "", "", tuple(Item(Plate("white")) for _ in range(20)))
    with pytest.raises(ValueError, match="crowded"):
        place(crowded, 0)


@pytest.mark.parametrize("name", SCENES)
def test_what_a_scenes_sentences_ask_for_can_be_judged(name: str) -> None:
    chosen = SCENES[name]
    if not chosen.items:
        return
    first = chosen.expectation(f" {chosen.instruction.capitalize()}. ")
    assert first is not None
    assert chosen.expectation("dance") is None
    referee = Referee(World(chosen, 0))
    for expectation in chosen.expectations:
        assert chosen.expectation(expectation.sentence) is expectation
        verdicts = [
            referee.check(*relation) for relation in expectation.relations
        ]  # words it knows
        assert verdicts
        if expectation is first:
            assert not verdicts[0].success  # by chance, some others are true from the start
