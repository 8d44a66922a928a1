"""Open the named drawer and put three toys in it, one after the other in the order said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.drawers import CHEST, Drawers
from clap_bench.gembench.objects.shapes import Cube, Cylinder, Moon, Shape
from clap_bench.gembench.skills import Pose, carry, pick, release
from clap_bench.gembench.tasks.open_drawer import NAME, joint_name, open_stages
from clap_bench.gembench.tasks.pick_and_lift import shape_grasp
from clap_bench.suite.moves import Transform, backed, opening, raised, slide, tool
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.task_types import Action, KeyAction, Relation, SubTask
from clap_sim.world.scene import Item, SceneModel, Zone

_KINDS: dict[str, type[Shape]] = {"block": Cube, "cylinder": Cylinder, "moon": Moon}
_CHEST_ZONE = Zone(x_m=(0.775, 0.825), y_m=(-0.06, 0.06), yaw_rad=(-0.20, 0.20), reach_m=(0.0, 1.0))
_SIDES_M = ((0.27, 0.42), (-0.42, -0.27))
"""The toys lie on both sides of where the hand pulls the drawer out; nearer to it the forearm would
hit the open drawer."""

_LEAVE_M = 0.08
_SLOTS_M = (-0.078, 0.078, 0.0)
"""Where in the drawer the toys go, one after the other, along its y."""

_FROM_FRONT_M = 0.047
"""Distance of the slots from the drawer's front; the hand then clears the handles above."""

_LEAN_RAD = float(np.radians(15.0))
"""In the middle the hand leans back, so that the wrist clears the handles above."""

_DOWN = np.array([0.0, 0.0, -1.0])
_DROP_M = 0.066
"""Height of the TCP above the drawer's floor: the opening fingers clear walls and other toys."""


@dataclass(frozen=True)
class PutItemsInDrawer(Task):
    """Attributes:
    level: number of the drawer, 0 at the bottom.
    order: in which the toys go in.
    """

    level: int
    order: tuple[str, str, str] = ("block", "cylinder", "moon")

    @property
    def _drawer(self) -> str:
        return f"{CHEST.words[self.level]} drawer"

    @property
    def instructions(self) -> tuple[str, ...]:
        first, second, third = self.order
        return (
            f"put the {first} in the {self._drawer}, then the {second} and then the {third}",
            f"open the {self._drawer} and put in the {first}, the {second} and the {third}, "
            "in this order",
            f"place first the {first}, then the {second} and last the {third} in the "
            f"{self._drawer}",
            f"the {first} goes into the {self._drawer}, after it the {second}, and after that "
            f"the {third}",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        colours = others(rng, len(_KINDS))
        lone = rng.integers(len(_KINDS))
        side = rng.integers(2)
        items = [Item(CHEST, _CHEST_ZONE, NAME)]
        for number, (name, kind) in enumerate(_KINDS.items()):
            band = _SIDES_M[side if number == lone else 1 - side]
            zone = Zone(x_m=(0.36, 0.50), y_m=band, reach_m=(0.44, 0.64))
            items.append(Item(kind(colours[number]), zone, name))
        return SceneModel("", "", "", tuple(items))

    def watch(self, truth: Truth) -> None:
        for name in self.order:
            if self._inside(truth, name) and truth.free(name):
                truth.note(name)

    def success(self, truth: Truth) -> bool:
        return truth.events == list(self.order) and all(
            self._inside(truth, name) and truth.free(name) and truth.at_rest(name)
            for name in self.order
        )

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        stages = [*open_stages(CHEST, self.level), self._leave()]
        for name, slot in zip(self.order, _SLOTS_M, strict=True):
            stages += [pick(name, name, _grasp(name)), *self._put(name, slot)]
        return tuple(stages)

    def wrong(self, truth: Truth) -> Task:
        return replace(self, level=(self.level + 1) % CHEST.levels)

    def _inside(self, truth: Truth, name: str) -> bool:
        floor = truth.site(f"{joint_name(self.level)}_floor")
        return CHEST.holds(np.asarray(np.linalg.inv(floor), dtype=float), truth.position(name))

    def _leave(self) -> Stage:
        """Let go of the handle and draw back from it."""

        def actions(truth: Truth) -> Iterator[KeyAction]:
            pose = truth.base_T_tcp()
            yield opening(slide(pose, "let go of the handle"))
            yield slide(backed(pose, _LEAVE_M), "draw back")

        text = f"let go of the handle of the {self._drawer}"
        subtask = SubTask(Action.RELEASE, text, object=self._drawer, part="handle")
        return Stage(subtask, None, actions)

    def _put(self, name: str, slot_m: float) -> tuple[Stage, Stage]:
        """Carry a toy over the drawer and lower it; let go and rise."""
        phrase = f"in the {self._drawer}"
        return (
            carry(
                name,
                lambda truth: self._place(truth, name, slot_m),
                lambda truth: slot_point(truth, CHEST, self.level, slot_m),
                Relation.IN,
                self._drawer,
                phrase,
            ),
            release(name, phrase),
        )

    def _place(self, truth: Truth, name: str, slot_m: float) -> Transform:
        """Pose of the TCP that brings the toy's origin over its slot, fingers along y."""
        slot = slot_point(truth, CHEST, self.level, slot_m)
        floor = truth.site(f"{joint_name(self.level)}_floor")
        across, tcp = floor[:3, 1], truth.base_T_tcp()
        lean = _LEAN_RAD if slot_m == 0.0 else 0.0
        forward = np.cos(lean) * _DOWN + np.sin(lean) * floor[:3, 0]
        pose = tool(slot, forward, across if tcp[:3, 1] @ across > 0.0 else -across)
        tcp_to_toy = tcp[:3, :3].T @ (truth.position(name) - tcp[:3, 3])
        pose[:2, 3] -= (pose[:3, :3] @ tcp_to_toy)[:2]
        return raised(pose, _DROP_M)


def slot_point(truth: Truth, chest: Drawers, level: int, slot_m: float) -> Point:
    """[3] point of a drawer's floor, so far along the drawer's y from its middle."""
    floor = truth.site(f"{joint_name(level)}_floor")
    along = _FROM_FRONT_M - 0.5 * chest.inside_m[0]
    return floor[:3, :3] @ np.array([along, slot_m, 0.0]) + floor[:3, 3]


def _grasp(name: str) -> Pose:
    return lambda truth: shape_grasp(truth, name)


VARIATIONS = {
    0: PutItemsInDrawer(0),
    2: PutItemsInDrawer(2),
    4: PutItemsInDrawer(1, ("block", "moon", "cylinder")),
}
