"""Makes the scenes of a collection: compositions, each arranged several times and looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import mujoco
import numpy as np

from clap_bench.pretraining.arrangement import Arranger
from clap_bench.pretraining.captions import caption
from clap_bench.pretraining.composition import Composition, compose, compose_setting
from clap_bench.pretraining.held_out import PROBE, TRAIN
from clap_bench.pretraining.held_out import SPLITS as OBJECT_SPLITS
from clap_bench.pretraining.labels import Labels
from clap_bench.pretraining.rendering import SceneCamera
from clap_bench.pretraining.viewpoints import (
    RIG_ROTATIONS_DEG,
    Viewpoint,
    lab_rig,
    random_viewpoint,
    turned_rig,
)
from clap_bench.suite.cameras import CAMERAS
from clap_bench.suite.keypoints import true_keypoint
from clap_bench.suite.task import Stage
from clap_bench.suite.truth import Truth
from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes.records import CameraRecord, StepRecord, matrix
from clap_data.scenes import (
    HandRecord,
    PackedScene,
    SceneRecord,
    SceneSample,
    SceneViewRecord,
    pack,
)
from clap_sim.world import World
from clap_sim.world.robot import HAND_BODY

SIZE_PX = 224
"""Of the square pictures: a multiple of 14, 16 and 32, whatever patches a teacher cuts."""

SOURCE = "gembench"

GROUNDING = "grounding"
"""The split of settings that no task has, with plans whose places are known."""
SPLITS = (*OBJECT_SPLITS, GROUNDING)

ARRANGEMENTS = 4
"""Scenes of one composition. Building a world takes as long as looking at it a dozen times."""

VIEWS: dict[str, tuple[int, int]] = {TRAIN: (4, 6), PROBE: (4, 4)}
"""Least and most views of a scene; a probe's rig comes on top."""

WRIST = "wrist"
WRIST_SHARE = 0.25
"""Of training scenes: one of the views is that of the suite's wrist camera."""

LEAST_SEEN = 0.01
"""Share of the pixels of a view that show an object; after `_VIEW_TRIES`, less will do."""
_VIEW_TRIES = 3

SEED_START = {TRAIN: 2**51, PROBE: 2**52, GROUNDING: 2**52 + 2**51}
"""Of the objects' places: above all seeds of episodes (`suite.seeds`), 2^51 for each split."""
SEEDS = 2**51

_STREAMS = {split: int.from_bytes(split.encode(), "big") for split in SPLITS}
_TRIES = 50


@dataclass(frozen=True)
class Group:
    """Consecutive scenes of one composition.

    Attributes:
        split: one of `SPLITS`.
        seed: of the collection.
        first: number of the first scene; a multiple of `ARRANGEMENTS`.
        count: how many, at most `ARRANGEMENTS`.
    """

    split: str
    seed: int
    first: int
    count: int


def check_split(split: str) -> None:
    """Refuse the name of a split that does not exist.

    Raises:
        ClapError: INVALID_REQUEST.
    """
    if split not in SPLITS:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no split '{split}' of scenes",
            f"Choose one of {', '.join(SPLITS)}",
        )


def make_group(group: Group) -> Iterator[PackedScene]:
    """Make the scenes of a group; the same group gives the same bytes on the same machine.

    Raises:
        ClapError: INTERNAL if this machine cannot render into memory, or nothing fits together.
    """
    rng = np.random.default_rng([_STREAMS[group.split], group.seed, group.first])
    for _ in range(_TRIES):
        grounds = group.split == GROUNDING
        composition = compose_setting(rng) if grounds else compose(group.split, rng)
        made = _of_composition(group, composition, rng)
        if made is not None:
            yield from made
            return
    raise ClapError(
        ErrorCode.INTERNAL,
        f"no composition of scene {group.first} of seed {group.seed} fits on the table",
        "Choose another --seed, and report it",
    )


def placement_seed(split: str, rng: np.random.Generator) -> int:
    """A seed for objects' places that no episode and no other split has."""
    return SEED_START[split] + int(rng.integers(SEEDS - 2**10))


def _of_composition(
    group: Group, composition: Composition, rng: np.random.Generator
) -> list[PackedScene] | None:
    """The group's scenes; None if the composition cannot be arranged."""
    try:
        world = World(composition.scene, placement_seed(group.split, rng), cameras=())
    except ValueError:
        return None
    camera = SceneCamera(world, SIZE_PX)
    try:
        arranger = Arranger(world, composition)
        made = []
        for number in range(group.first, group.first + group.count):
            if not arranger.arrange(rng, placement_seed(group.split, rng)):
                return None
            made.append(_look(group, number, composition, arranger, camera, rng))
        return made
    finally:
        camera.close()


def _look(
    group: Group,
    number: int,
    composition: Composition,
    arranger: Arranger,
    camera: SceneCamera,
    rng: np.random.Generator,
) -> PackedScene:
    """Look at a world as it is."""
    world = arranger.world
    seen = _views(group.split, world, camera, rng)
    rotations: list[float | None] = [None] * len(seen)
    if group.split == PROBE:
        for rotation in RIG_ROTATIONS_DEG:
            for k, viewpoint in enumerate(turned_rig(rotation)):
                seen.append(_take(f"rig{rotation:.0f}_{k}", viewpoint, camera))
                rotations.append(rotation)
    views = tuple(view for view, _ in seen)
    truth = Truth(world)
    plans = () if composition.plans is None else composition.plans(truth, rng, arranger.held)
    opening_m = 2.0 * float(world.data.qpos[world.finger_qpos[0]])
    record = SceneRecord(
        source=SOURCE,
        split=group.split,
        number=number,
        variation=composition.variation,
        caption=caption([item.model for item in world.objects.values()], rng),
        exact_depth=True,
        labels=camera.labels.table,
        views=tuple(
            SceneViewRecord(
                camera=CameraRecord.of(view.name, view.intrinsics),
                base_T_camera=matrix(view.base_T_camera),
                labelled=True,
                rotation_deg=rotation,
            )
            for view, rotation in zip(views, rotations, strict=True)
        ),
        hand=HandRecord(base_T_tcp=matrix(truth.base_T_tcp()), gripper_width_m=opening_m),
        plans=tuple(_plan(plan, truth) for plan in plans),
        software=_software(),
    )
    return pack(SceneSample(record, views, tuple(labels for _, labels in seen)))


def _plan(stages: Sequence[Stage], truth: Truth) -> tuple[StepRecord, ...]:
    """Steps and where they would happen as things are."""
    steps = []
    for number, stage in enumerate(stages):
        seen = stage.keypoint is not None
        place = true_keypoint(stages, number, truth) if seen else None
        steps.append(StepRecord.of_step(stage.subtask, place))
    return tuple(steps)


def _views(
    split: str, world: World, camera: SceneCamera, rng: np.random.Generator
) -> list[tuple[CameraView, np.ndarray]]:
    """What a split's cameras see."""
    if split == GROUNDING:
        rig = enumerate(lab_rig(rng))
        return [_take(f"view{k}", viewpoint, camera) for k, viewpoint in rig]
    low, high = VIEWS[split]
    count = int(rng.integers(low, high + 1))
    seen = [_view(f"view{k}", split, camera, rng) for k in range(count)]
    if split == TRAIN and rng.random() < WRIST_SHARE:
        seen[-1] = _wrist(world, camera)
    return seen


def _view(
    name: str, split: str, camera: SceneCamera, rng: np.random.Generator
) -> tuple[CameraView, np.ndarray]:
    """A random view in which there is something to see."""
    for _ in range(_VIEW_TRIES):
        seen = _take(name, random_viewpoint(split, rng), camera)
        if _share_of_objects(camera.labels, seen[1]) >= LEAST_SEEN:
            break
    return seen


def _take(name: str, viewpoint: Viewpoint, camera: SceneCamera) -> tuple[CameraView, np.ndarray]:
    return camera.look(name, viewpoint.intrinsics(SIZE_PX), viewpoint.base_T_camera())


def _wrist(world: World, camera: SceneCamera) -> tuple[CameraView, np.ndarray]:
    """What the suite's wrist camera would see."""
    mount = next(mount for mount in CAMERAS if mount.name == WRIST)
    hand = world.data.body(HAND_BODY)
    base_T_hand = np.eye(4)
    base_T_hand[:3, :3], base_T_hand[:3, 3] = hand.xmat.reshape(3, 3), hand.xpos
    viewpoint = Viewpoint(0.0, 0.0, 1.0, (0.0, 0.0, 0.0), 0.0, mount.fovy_deg)
    return camera.look(WRIST, viewpoint.intrinsics(SIZE_PX), base_T_hand @ mount.parent_T_optical())


def _share_of_objects(table: Labels, labels: np.ndarray) -> float:
    return float(np.isin(labels, table.objects).mean())


def _software() -> str:
    try:
        own = version("clap_sim")
    except PackageNotFoundError:
        own = "unknown"
    return f"clap_sim {own}, mujoco {mujoco.__version__}"
