"""Pick up the named toy from among three and lift it into the target, a floating red sphere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.shapes import Cube, Cylinder, Duck, Moon, Shape, Star
from clap_bench.gembench.objects.target import FloatingTarget
from clap_bench.gembench.skills import comfortable_yaw, pick
from clap_bench.suite.moves import Transform, go
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import tool_down
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

_ZONE = Zone(x_m=(0.38, 0.62), y_m=(-0.30, 0.30))
_TARGET = "target"
_TARGET_ZONE = Zone(x_m=(0.40, 0.58), y_m=(-0.25, 0.25), yaw_rad=(0.0, 0.0))
_TARGET_ABOVE_M = (0.20, 0.30)
_KINDS = (Cube, Cylinder, Star, Moon, Duck)


@dataclass(frozen=True)
class PickAndLift(Task):
    """Attributes:
    colour: of the toy to lift.
    kind: its shape.
    alike: whether both distractors have its shape; otherwise one of them has another shape and
        may have its colour.
    """

    colour: str
    kind: type[Shape] = Cube
    alike: bool = False

    @property
    def words(self) -> str:
        """What a person calls the toy."""
        return f"{self.colour} {_noun(self.kind)}"

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"pick up the {self.words} and lift it up to the target",
            f"grasp the {self.words} and raise it to the target",
            f"lift the {self.words} into the red ball that floats in the air",
            f"take the {self.words} and hold it up at the target",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        first, second = others(rng, 2, self.colour)
        toys = [(self.kind, self.colour), (self.kind, first)]
        if self.alike:
            toys.append((self.kind, second))
        else:
            unlike = [kind for kind in _KINDS if kind is not self.kind]
            toys.append(
                (unlike[rng.integers(len(unlike))], second if rng.random() < 0.5 else self.colour)
            )
        items = [Item(kind(colour), _ZONE, _name(kind, colour)) for kind, colour in toys]
        target = FloatingTarget(above_m=float(rng.uniform(*_TARGET_ABOVE_M)))
        return SceneModel("", "", "", (*items, Item(target, _TARGET_ZONE, _TARGET)))

    def success(self, truth: Truth) -> bool:
        name = _name(self.kind, self.colour)
        target = truth.model(_TARGET, FloatingTarget)
        distance = np.linalg.norm(_middle(truth, name) - _target(truth))
        return truth.held(name) and bool(distance < target.radius_m)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        name = _name(self.kind, self.colour)
        return (pick(name, self.words, lambda now: shape_grasp(now, name)), self._lift(name))

    def wrong(self, truth: Truth) -> Task:
        mistaken = next(
            item.model
            for item in truth.world.objects.values()
            if isinstance(item.model, self.kind) and item.model.colour != self.colour
        )
        return replace(self, colour=mistaken.colour)

    def _lift(self, name: str) -> Stage:
        def actions(truth: Truth) -> Iterator[KeyAction]:
            tcp, target = truth.base_T_tcp(), _target(truth)
            # The wrist keeps its angle to the arm.
            turn = _rotation_z(_azimuth(target) - _azimuth(tcp[:3, 3]))
            pose = tcp.copy()
            pose[:3, :3] = turn @ tcp[:3, :3]
            pose[:3, 3] = target - turn @ (_middle(truth, name) - tcp[:3, 3])
            yield go(pose, f"lift the {self.words} to the target", speed=0.7)

        subtask = SubTask(
            Action.MOVE,
            f"lift the {self.words} up to the target",
            object=self.words,
            relation=Relation.UP,
            reference="target",
        )
        return Stage(subtask, _target, actions)


def shape_grasp(truth: Truth, name: str) -> Transform:
    """The most comfortable grasp of a toy from above."""
    shape = truth.world.objects[name].model
    assert isinstance(shape, Shape)
    toy, site = truth.pose(name), truth.site(f"{name}_grasp")
    best, least = np.eye(4), np.inf
    for turn in range(shape.turns):
        rotation = _rotation_z(2.0 * np.pi * turn / shape.turns)
        point = toy[:3, 3] + rotation @ (site[:3, 3] - toy[:3, 3])
        along = rotation @ site[:3, 0]
        yaw = comfortable_yaw(float(np.arctan2(along[1], along[0])), point)
        twist = abs(yaw - _azimuth(point))
        if twist < least:
            best, least = tool_down(point, yaw), twist
    return best


def _name(kind: type[Shape], colour: str) -> str:
    return f"{colour}_{_noun(kind).replace(' ', '_')}"


def _noun(kind: type[Shape]) -> str:
    return kind.nouns[0]


def _middle(truth: Truth, name: str) -> Point:
    """Centre of mass of a toy."""
    return np.array(truth.world.data.body(name).xipos)


def _target(truth: Truth) -> Point:
    return truth.site(f"{_TARGET}_centre")[:3, 3]


def _azimuth(point_m: Point) -> float:
    return float(np.arctan2(point_m[1], point_m[0]))


def _rotation_z(angle_rad: float) -> NDArray[np.float64]:
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


VARIATIONS = {
    0: PickAndLift("red", alike=True),
    2: PickAndLift("lime", alike=True),
    7: PickAndLift("cyan", alike=True),
    14: PickAndLift("teal", alike=True),
    16: PickAndLift("violet", alike=True),
    18: PickAndLift("black", alike=True),
}
