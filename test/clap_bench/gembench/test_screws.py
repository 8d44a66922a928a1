"""Screw threads, and the jars and bulbs that use them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.gembench.objects.bulb import Bulb, LitThread, SocketLamp
from clap_bench.gembench.objects.jar import Jar, Lid, lid_thread
from clap_bench.gembench.thread import turned_in
from clap_bench.suite.agents.expert import play_stages
from clap_bench.suite.episode import Episode, EpisodeOverError
from clap_bench.suite.task import Task
from clap_bench.suite.truth import Truth
from clap_sim.world import World
from clap_sim.world.scene import Item, SceneModel, Zone

SEED = 100
KEY_POSES = {"close_jar_peract+15": 6, "light_bulb_in_peract+17": 7}
_AHEAD = Zone(x_m=(0.6, 0.6), y_m=(0.0, 0.0), yaw_rad=(0.3, 0.3))
_ASIDE = Zone(x_m=(0.4, 0.4), y_m=(0.4, 0.4))
_WEIGHT_N = 0.05 * 9.81


@dataclass
class Bench:
    """A screw over its socket, moved by hand."""

    world: World
    screw: str
    socket: str

    def put(self, beside_m: float = 0.0, tilt_rad: float = 0.0, turn_rad: float = 0.0) -> None:
        """The screw at rest where the first turns meet; beside the axis, askew, turned."""
        touch = Truth(self.world).site(f"{self.socket}_thread")[:3, 3]
        joint = self.joint
        joint.qpos[:3] = touch + np.array([beside_m, 0.0, 0.0])
        turn = np.array([np.cos(0.5 * turn_rad), 0.0, 0.0, np.sin(0.5 * turn_rad)])
        tilt = np.array([np.cos(0.5 * tilt_rad), np.sin(0.5 * tilt_rad), 0.0, 0.0])
        joint.qpos[3:] = [
            tilt[0] * turn[0], tilt[1] * turn[0], -tilt[1] * turn[3], tilt[0] * turn[3],
        ]  # fmt: skip
        joint.qvel[:] = 0.0

    def apply(self, seconds: float, force_z_n: float = 0.0, torque_z_nm: float = 0.0) -> None:
        """A force and a torque along the vertical for some time."""
        start = self.world.model.joint(self.world.model.body(self.screw).jntadr[0]).dofadr[0]
        applied = self.world.data.qfrc_applied
        applied[start : start + 6] = [0.0, 0.0, force_z_n, 0.0, 0.0, torque_z_nm]
        for _ in range(round(1000 * seconds)):
            self.world.step()
        applied[start : start + 6] = 0.0

    @property
    def joint(self) -> Any:
        """MuJoCo's view of the screw's free joint."""
        return self.world.data.joint(int(self.world.model.body(self.screw).jntadr[0]))

    @property
    def turned_deg(self) -> float:
        return float(np.degrees(turned_in(Truth(self.world), self.screw, self.socket)))

    @property
    def height_m(self) -> float:
        """Of the screw over the place where the first turns meet."""
        touch = Truth(self.world).site(f"{self.socket}_thread")[2, 3]
        return float(self.joint.qpos[2] - touch)


def jar_bench() -> Bench:
    items = (Item(Jar("blue"), _AHEAD, "jar"), Item(Lid("gray"), _ASIDE, "lid"))
    return Bench(
        World(SceneModel("", "", "", items, mechanisms=(lid_thread("lid", "jar"),))), "lid", "jar"
    )


def bulb_bench() -> Bench:
    items = (Item(SocketLamp("black"), _AHEAD, "lamp"), Item(Bulb("rose"), _ASIDE, "bulb"))
    thread = LitThread(screw="bulb", socket="lamp")
    return Bench(World(SceneModel("", "", "", items, mechanisms=(thread,))), "bulb", "lamp")


@pytest.fixture(params=[jar_bench, bulb_bench], ids=["jar", "bulb"])
def bench(request: pytest.FixtureRequest) -> Bench:
    made: Bench = request.param()
    return made


def play(task: Task, episode: Episode) -> None:
    with suppress(EpisodeOverError):
        play_stages(task, episode)


@pytest.mark.parametrize("name", KEY_POSES)
def test_expert_does_it(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    assert not episode.success
    play(episode.task, episode)
    assert episode.success
    assert not episode.failures
    assert episode.key_poses == KEY_POSES[name]


@pytest.mark.parametrize("name", KEY_POSES)
def test_the_wrong_colour_is_not_success(name: str) -> None:
    episode = Episode(suite.task(name), SEED)
    mistaken = episode.task.wrong(episode.truth)
    assert mistaken is not None
    play(mistaken, episode)
    assert not episode.success
    assert mistaken.success(episode.truth)  # it was done, and done well


def test_a_screw_turned_clockwise_goes_in_to_the_end_and_stays(bench: Bench) -> None:
    bench.put()
    bench.apply(0.1)
    assert abs(bench.height_m) < 0.0005  # the first turn carries it
    bench.apply(1.0, torque_z_nm=-0.1)
    bench.apply(0.5)
    assert bench.turned_deg == pytest.approx(130.0, abs=3.0)
    assert bench.height_m == pytest.approx(-0.00325, abs=0.0003)


def test_a_screw_turned_anticlockwise_stays_loose(bench: Bench) -> None:
    bench.put()
    bench.apply(1.0, torque_z_nm=0.002)
    assert bench.turned_deg == 0.0
    bench.apply(0.3, force_z_n=_WEIGHT_N + 0.3)
    assert bench.height_m > 0.01


def test_a_screw_holds_against_pulling_until_it_is_turned_back(bench: Bench) -> None:
    bench.put()
    bench.apply(1.0, torque_z_nm=-0.1)
    bench.apply(0.3)
    low, turned = bench.height_m, bench.turned_deg
    bench.apply(1.0, force_z_n=5.0)
    assert bench.height_m < low + 0.001
    assert bench.turned_deg == pytest.approx(turned, abs=2.0)
    for _ in range(100):
        if bench.turned_deg:
            bench.apply(0.01, torque_z_nm=0.06)
    assert bench.turned_deg == 0.0
    bench.apply(0.3, force_z_n=_WEIGHT_N + 0.5)
    assert bench.height_m > 0.005


@pytest.mark.parametrize(
    ("beside_m", "tilt_deg", "turn_deg", "bites"),
    [
        (0.0, 0.0, -30.0, True),
        (0.003, 5.0, -30.0, True),
        (0.0, 0.0, -6.0, False),
        (0.0, 0.0, 30.0, False),
        (0.006, 0.0, -30.0, False),
        (0.0, 12.0, -30.0, False),
        (0.0, 180.0, -30.0, False),
    ],
)
def test_a_thread_bites_only_straight_on_the_axis_and_clockwise(
    beside_m: float, tilt_deg: float, turn_deg: float, bites: bool
) -> None:
    """Led through the turn by hand, in steps of 2 degrees, pressed half a millimetre in."""
    bench = jar_bench()
    thread = bench.world.mechanisms[0]
    for turn in np.arange(0.0, abs(turn_deg) + 1.0, 2.0) * np.sign(turn_deg):
        bench.put(beside_m, np.radians(tilt_deg), np.radians(turn))
        bench.joint.qpos[2] -= 0.0005
        thread.before_step()
    assert (bench.turned_deg > 0.0) is bites


def test_a_lid_that_is_dropped_on_beside_the_neck_does_not_screw_on() -> None:
    bench = jar_bench()
    bench.put(beside_m=0.008)
    bench.joint.qpos[2] += 0.012
    bench.apply(0.5)
    bench.apply(1.0, torque_z_nm=-0.02)
    assert bench.turned_deg == 0.0


def test_a_bulb_burns_while_it_is_screwed_in() -> None:
    bench = bulb_bench()
    glass = bench.world.model.material("bulb_glass")
    dark = glass.rgba.copy()
    bench.put()
    bench.apply(0.2)
    assert glass.emission[0] == 0.0
    bench.apply(1.0, torque_z_nm=-0.1)
    assert glass.emission[0] > 0.0
    assert glass.rgba[:3].sum() > dark[:3].sum()
    bench.world.reset()
    assert glass.emission[0] == 0.0
    np.testing.assert_array_equal(glass.rgba, dark)


def test_bulbs_stand_upright_in_their_holders() -> None:
    truth = Episode(suite.task("light_bulb_in_peract+1"), SEED).truth
    for name in truth.world.objects:
        if name.endswith("_bulb"):
            holder = truth.position(name.replace("_bulb", "_holder"))
            assert np.hypot(*(truth.position(name) - holder)[:2]) < 0.004
            assert truth.upright(name) > 0.998
