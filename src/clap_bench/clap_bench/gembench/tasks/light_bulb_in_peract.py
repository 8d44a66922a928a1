"""Screw the bulb of the named colour into the lamp; a bulb of another colour stands by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clap_bench.gembench.colours import others
from clap_bench.gembench.objects.bulb import Bulb, BulbHolder, LitThread, SocketLamp
from clap_bench.gembench.skills import carry, lift, pick, release, turn_clockwise
from clap_bench.gembench.thread import turned_in
from clap_bench.suite.moves import Transform, raised
from clap_bench.suite.task import Point, Stage, Task
from clap_bench.suite.truth import Truth
from clap_core.geometry import invert, tool_down
from clap_core.task_types import Relation
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

_LAMP = "lamp"
_HOLDERS = Zone(x_m=(0.38, 0.62), y_m=(-0.30, 0.30), reach_m=(0.40, 0.66))
_LAMPS = Zone(x_m=(0.42, 0.60), y_m=(-0.25, 0.25), reach_m=(0.42, 0.64))
_PARKED = Zone(x_m=(-0.3, -0.3), y_m=(-0.5, 0.5), reach_m=(0.0, 1.0))
"""Where a bulb is placed before `prepare` puts it into its holder."""

_GAP_M = 0.09
_LIFT_M = 0.10
_PRESS_M = 0.001
_START_RAD = np.radians(70.0)
"""Yaw of the hand before turning; 0 looks away from the robot."""

_OVERTURN_RAD = np.radians(6.0)


@dataclass(frozen=True)
class LightBulbIn(Task):
    """Attributes:
    colour: of the bulb.
    """

    colour: str

    @property
    def instructions(self) -> tuple[str, ...]:
        return (
            f"screw in the {self.colour} light bulb",
            f"screw the {self.colour} bulb into the lamp",
            f"put the {self.colour} light bulb in the lamp's socket and turn it in",
            f"light up the lamp with the {self.colour} bulb",
        )

    def scene(self, rng: np.random.Generator) -> SceneModel:
        colours = (self.colour, *others(rng, 1, self.colour))
        holders = [Item(BulbHolder(colour), _HOLDERS, _holder(colour)) for colour in colours]
        bulbs = [Item(Bulb(colour), _PARKED, _bulb(colour)) for colour in colours]
        threads = tuple(_thread(colour) for colour in colours)
        items = (Item(SocketLamp("black"), _LAMPS, _LAMP), *holders, *bulbs)
        return SceneModel("", "", "", items, gap_m=_GAP_M, mechanisms=threads)

    def prepare(self, world: World, rng: np.random.Generator) -> None:
        for name, item in world.objects.items():
            if isinstance(item.model, BulbHolder):
                floor = raised(world.base_T_object(name), item.model.floor_m)[:3, 3]
                yaw = float(rng.uniform(-np.pi, np.pi))
                world.set_pose(_bulb(item.model.colour), floor, yaw)

    def success(self, truth: Truth) -> bool:
        bulb = _bulb(self.colour)
        lit = turned_in(truth, bulb, _LAMP) > _thread(self.colour).contact_rad
        return lit and truth.free(bulb) and truth.at_rest(bulb)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        thread = _thread(self.colour)
        words, phrase = f"{self.colour} light bulb", "into the lamp's socket"
        return (
            pick(_bulb(self.colour), words, self._grasp),
            lift(words, _LIFT_M),
            carry(words, self._put_in, _socket, Relation.IN, _LAMP, phrase),
            turn_clockwise(words, thread.end_rad + _OVERTURN_RAD, thread.depth_m),
            release(words, "in the lamp"),
        )

    def wrong(self, truth: Truth) -> Task:
        bulbs = (name for name in truth.world.objects if name.endswith("_bulb"))
        mistaken = next(name for name in bulbs if name != _bulb(self.colour))
        return replace(self, colour=mistaken.removesuffix("_bulb"))

    def _grasp(self, truth: Truth) -> Transform:
        name = _bulb(self.colour)
        place = truth.position(name)
        return raised(tool_down(place, _towards(place)), truth.model(name, Bulb).globe_z_m)

    def _put_in(self, truth: Truth) -> Transform:
        """The bulb upright in the socket, pressed a little, the wrist ready to turn clockwise."""
        tcp_T_bulb = invert(truth.base_T_tcp()) @ truth.pose(_bulb(self.colour))
        socket = _socket(truth)
        pose = tool_down(socket, _towards(socket) + _START_RAD)
        pose[:3, 3] -= pose[:3, :3] @ tcp_T_bulb[:3, 3]
        pose[2, 3] -= _PRESS_M
        return pose


def _bulb(colour: str) -> str:
    return f"{colour}_bulb"


def _holder(colour: str) -> str:
    return f"{colour}_holder"


def _thread(colour: str) -> LitThread:
    return LitThread(screw=_bulb(colour), socket=_LAMP)


def _socket(truth: Truth) -> Point:
    return truth.site(f"{_LAMP}_thread")[:3, 3]


def _towards(place: Point) -> float:
    """Yaw that looks away from the robot."""
    return float(np.arctan2(place[1], place[0]))


VARIATIONS = {
    1: LightBulbIn("maroon"),
    2: LightBulbIn("lime"),
    17: LightBulbIn("rose"),
    19: LightBulbIn("white"),
}
