"""Settings that teach what words point to: nothing of the tests in them, and true places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from clap_bench.gembench import suite
from clap_bench.gembench.objects.drawers import NIGHTSTAND
from clap_bench.grounding import loose
from clap_bench.grounding.loose import Called
from clap_bench.grounding.pieces import PIECES, chest
from clap_bench.grounding.settings import TableSetting
from clap_bench.grounding.tableware import TABLEWARE
from clap_bench.grounding.toys import Slab, Vessel
from clap_bench.pretraining.arrangement import NEAR_M
from clap_bench.pretraining.composition import compose_setting
from clap_bench.pretraining.held_out import PROBE, is_held_out, kind, resembles_test, variations
from clap_bench.pretraining.production import carry_out, orders
from clap_bench.pretraining.scenes import GROUNDING, Group, make_group
from clap_bench.suite.truth import Truth
from clap_core.camera import project
from clap_core.task_types import Action, Relation
from clap_data.scenes import PackedScene, SceneShard
from clap_sim.world import World
from clap_sim.world.objects import ObjectModel
from clap_sim.world.scene import Item, SceneModel, Zone

DRAWN = 150


def standing(items: dict[str, tuple[ObjectModel, float, float]]) -> World:
    """Things at places of the table."""
    placed = tuple(
        Item(model, Zone((x, x), (y, y), reach_m=(0.0, 1.0)), name)
        for name, (model, x, y) in items.items()
    )
    return World(SceneModel("", "", "", placed, gap_m=0.0), 0, cameras=())


def called(name: str, model: ObjectModel) -> Called:
    return Called(name, model, name.replace("_", " "))


@pytest.fixture(scope="module")
def made() -> list[PackedScene]:
    return [
        scene for first in range(0, 48, 4) for scene in make_group(Group(GROUNDING, 3, first, 1))
    ]


def test_nothing_in_them_is_what_only_tests_have() -> None:
    tested = {
        kind(item.model)
        for name in variations(PROBE)
        for item in suite.task(name).scene(np.random.default_rng(0)).items
        if is_held_out(item.model)
    }
    rng = np.random.default_rng(0)
    drawn = [item.model for _ in range(DRAWN) for item in compose_setting(rng).scene.items]
    assert not {kind(model) for model in drawn} & tested
    assert not any(map(resembles_test, drawn))


def test_what_comes_out_like_a_test_is_noticed() -> None:
    assert resembles_test(NIGHTSTAND)
    assert resembles_test(replace(NIGHTSTAND, width_m=1.03 * NIGHTSTAND.width_m))
    assert not resembles_test(replace(NIGHTSTAND, pitch_m=1.3 * NIGHTSTAND.pitch_m))
    assert resembles_test(Slab("red", ("cylinder",), outline_m=(0.023,) * 32, high_m=0.061))


@pytest.mark.parametrize("make", PIECES[1:], ids=lambda make: make.__name__)
def test_every_piece_has_something_to_do_when_it_is_shut_and_when_it_is_open(make: object) -> None:
    assert callable(make)
    rng = np.random.default_rng(1)
    asked: set[str] = set()
    for _ in range(12):
        piece = make(rng)
        world = World(
            SceneModel("", "", "", (Item(piece.model, piece.zone, piece.name),)), 0, cameras=()
        )
        piece.prepare(world, rng)
        mujoco.mj_forward(world.model, world.data)
        asked |= {
            stage.subtask.action.value for plan in piece.plans(Truth(world)) for stage in plan
        }
    assert {"open", "close"} <= asked


def test_only_an_open_drawer_takes_something_in() -> None:
    piece = chest(np.random.default_rng(2))
    world = World(
        SceneModel("", "", "", (Item(piece.model, piece.zone, piece.name),)), 0, cameras=()
    )
    truth = Truth(world)
    assert piece.insides(truth) == {}
    world.data.joint("chest_drawer0").qpos[0] = 0.12
    assert list(piece.insides(truth)) == ["bottom drawer"]


def test_a_stack_of_vessels_takes_things_into_its_topmost() -> None:
    cup = Vessel("red", ("cup",))
    lower, upper, third = (called(f"{name}_cup", cup) for name in ("red", "blue", "green"))
    world = standing({lower.name: (cup, 0.5, 0.0), upper.name: (cup, 0.5, 0.2),
                      third.name: (cup, 0.4, -0.2)})  # fmt: skip
    world.set_pose(upper.name, np.array([0.5, 0.0, cup.floor_m]), 0.0)
    mujoco.mj_forward(world.model, world.data)
    truth = Truth(world)
    stage = loose.placing(third, lower, truth, (lower, upper, third))
    assert stage is not None and stage.keypoint is not None
    assert stage.subtask.relation is Relation.IN and stage.subtask.reference == "red cup"
    assert stage.keypoint(truth) == pytest.approx((0.5, 0.0, 2.0 * cup.floor_m), abs=1e-6)


def test_in_a_stack_of_three_the_topmost_takes_it() -> None:
    cup = Vessel("red", ("cup",))
    cups = [called(f"{name}_cup", cup) for name in ("red", "blue", "green", "white")]
    world = standing({one.name: (cup, 0.4, 0.2 * k) for k, one in enumerate(cups)})
    for height, one in enumerate(cups[1:3], 1):
        world.set_pose(one.name, np.array([0.4, 0.0, height * cup.floor_m]), 0.0)
    mujoco.mj_forward(world.model, world.data)
    truth = Truth(world)
    # In whichever order they are given: what covers what is seen from where they stand.
    for things in (cups, cups[::-1]):
        stage = loose.placing(cups[3], cups[0], truth, things)
        assert stage is not None and stage.keypoint is not None
        assert stage.keypoint(truth)[2] == pytest.approx(3.0 * cup.floor_m, abs=1e-6)


def test_of_what_is_held_it_is_asked_where_to_and_it_is_in_nobodys_way() -> None:
    block = Slab("red", ("block",), outline_m=(0.02,) * 8, high_m=0.04)
    held, lying = (called(f"{name}_block", block) for name in ("red", "blue"))
    world = standing({held.name: (block, 0.5, 0.0), lying.name: (block, 0.5, 0.2)})
    world.set_pose(held.name, np.array([0.5, 0.2, 0.2]), 0.0)
    mujoco.mj_forward(world.model, world.data)
    setting = TableSetting(SceneModel("", "", "", ()), None, (held, lying))
    rng = np.random.default_rng(0)
    (plan,) = setting.plans(Truth(world), rng, held.name)
    (move,) = plan
    assert (move.subtask.object, move.subtask.reference) == ("red block", "blue block")
    assert move.keypoint is not None
    assert move.keypoint(Truth(world)) == pytest.approx((0.5, 0.2, 0.04), abs=1e-6)
    # With the hand empty the red one stands over the blue one already.
    red, blue = setting.plans(Truth(world), rng, "")
    assert (len(red), len(blue)) == (1, 2)


def test_nothing_is_put_on_a_block_that_carries_another() -> None:
    block = Slab("red", ("block",), outline_m=(0.02,) * 8, high_m=0.04)
    lower, upper, third = (called(f"{name}_block", block) for name in ("red", "blue", "green"))
    world = standing({lower.name: (block, 0.5, 0.0), upper.name: (block, 0.5, 0.2),
                      third.name: (block, 0.4, -0.2)})  # fmt: skip
    world.set_pose(upper.name, np.array([0.5, 0.0, 0.04]), 0.0)
    mujoco.mj_forward(world.model, world.data)
    truth = Truth(world)
    things = (lower, upper, third)
    assert loose.placing(third, lower, truth, things) is None
    onto_upper = loose.placing(third, upper, truth, things)
    assert onto_upper is not None and onto_upper.keypoint is not None
    assert onto_upper.keypoint(truth)[2] == pytest.approx(0.08)


def test_words_tell_things_apart() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        names = [one.words for one in loose.call(loose.toys(rng, 6), rng)]
        assert len(set(names)) == len(names)


def test_a_noun_alone_fits_one_thing_only() -> None:
    rng = np.random.default_rng(5)
    bare = 0
    for _ in range(200):
        things = loose.toys(rng, 6)
        for one in loose.call(things, rng):
            fitting = [thing for thing in things if one.words in thing.nouns]
            assert len(fitting) <= 1, one.words
            bare += len(fitting)
    assert bare > 20


def test_things_go_onto_plates_and_into_mugs_and_bowls() -> None:
    rng = np.random.default_rng(6)
    block = called("block", Slab("red", ("block",), outline_m=(0.02,) * 8, high_m=0.04))
    for make, relation in zip(TABLEWARE, (Relation.IN, Relation.ON, Relation.IN), strict=True):
        base = Called("dish", make("white", rng), "dish")
        world = standing({block.name: (block.model, 0.5, 0.0), "dish": (base.model, 0.5, 0.25)})
        mujoco.mj_forward(world.model, world.data)
        truth = Truth(world)
        stage = loose.placing(block, base, truth, (block, base))
        assert stage is not None and stage.keypoint is not None
        assert stage.subtask.relation is relation
        place = (0.5, 0.25, base.model.floor_m)
        assert stage.keypoint(truth) == pytest.approx(place, abs=1e-6)


def test_places_are_in_view_and_steps_have_them(made: list[PackedScene]) -> None:
    seen, asked = 0, 0
    for packed in made:
        record = packed.record
        assert record.hand is not None and record.split == GROUNDING
        for plan in record.plans:
            for step in plan:
                if step.keypoint_m is None:
                    continue
                asked += 1
                seen += any(in_view(packed, view, np.array(step.keypoint_m)) for view in range(3))
    assert asked > 3 * len(made)
    assert seen > 0.97 * asked


def test_hands_hold_what_is_asked_about_or_are_about_to_do_something(
    made: list[PackedScene],
) -> None:
    held = [plan for packed in made for plan in packed.record.plans if len(plan) == 1
            and plan[0].action is Action.MOVE]  # fmt: skip
    assert held
    near = 0
    for packed in made:
        record = packed.record
        assert record.hand is not None
        tcp_m = np.array(record.hand.base_T_tcp)[:3, 3]
        places = [step.keypoint_m for plan in record.plans for step in plan if step.keypoint_m]
        near += any(np.linalg.norm(tcp_m - place) < NEAR_M[1] for place in places)
    assert near > 0.15 * len(made)


def in_view(packed: PackedScene, number: int, point_m: NDArray[np.float64]) -> bool:
    view = packed.record.views[number]
    pose = np.array(view.base_T_camera)
    return bool(project(point_m[None], view.camera.intrinsics, pose)[2][0])


def test_the_same_seed_gives_the_same_scenes(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        carry_out(orders(GROUNDING, 3, 8, folder)[0])
    first, second = (SceneShard(next(folder.iterdir())) for folder in folders)
    for number in range(3):
        assert first.scene(number).record == second.scene(number).record


def test_settings_are_prepared_as_they_are_asked_about() -> None:
    rng = np.random.default_rng(4)
    settings = [compose_setting(rng) for _ in range(40)]
    assert all(isinstance(one.task, TableSetting) and one.plans is not None for one in settings)
