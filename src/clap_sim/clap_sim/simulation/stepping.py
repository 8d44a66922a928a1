"""Steps the physics with the robot in it."""

from __future__ import annotations

from clap_franka.front.times import NS
from clap_sim.franka.robot import SimulatedFranka
from clap_sim.world import World


class Stepper:
    """Advances world and robot together and counts time in whole nanoseconds.

    Args:
        world: the world.
        robot: the robot in it.

    Attributes:
        now_ns: simulated time; it never goes back, whatever happens to the world.
        step_ns: length of a physics step.
    """

    def __init__(self, world: World, robot: SimulatedFranka) -> None:
        self._world = world
        self._robot = robot
        self.step_ns = round(world.model.opt.timestep * NS)
        self.now_ns = 0

    def advance(self, until_ns: int) -> None:
        """Step until a simulated time."""
        world, robot = self._world, self._robot
        with world.lock:
            robot.follow_teleport()
            while self.now_ns < until_ns:
                robot.before_step(self.now_ns / NS)
                world.step()
                robot.after_step()
                self.now_ns += self.step_ns
