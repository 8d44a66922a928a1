"""The process in which the arm's loop runs."""

from __future__ import annotations

import ctypes
import signal
import time
from multiprocessing.connection import Connection

from clap_core.errors import ClapError
from clap_core.robot.specification import arm_specification
from clap_franka.collision import CollisionBehavior
from clap_franka.fci.arm_loop import ArmLoop, FciArm
from clap_franka.fci.config import FciConfig
from clap_franka.fci.libraries import arm_by
from clap_franka.fci.messages import Trouble, Warned
from clap_franka.fci.realtime import become_realtime
from clap_franka.fci.shared_state import SharedState
from clap_franka.motion.limits import JointLimits

NEVER_RUN = (
    "the older Panda by panda-python: this was never run with a robot. Keep a hand on the user "
    "stop, begin slowly (docs/robot.md, step 7), and tell what was otherwise"
)

_PR_SET_PDEATHSIG = 1


def run_arm(link: Connection, memory: str, config: FciConfig) -> None:
    """The process's body: a real robot's loop.

    Args:
        link: to the node.
        memory: name of the shared state.
        config: of the driver.
    """
    # Ctrl-C is the node's to handle: it stops the arm first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collision = CollisionBehavior.from_config(config.collision)
    try:
        arm = arm_by(
            config.library,
            config.robot_ip,
            config.realtime == "enforce",
            list(config.joint_stiffness),
            collision_arguments(collision),
        )
    except ClapError as error:
        link.send(Trouble(error, disconnected=True))
        return
    if config.library == "panda-python":
        link.send(Warned(NEVER_RUN))
    for text in become_realtime():
        link.send(Warned(text))
    serve_arm(link, memory, config, _Mortal(arm))


def serve_arm(link: Connection, memory: str, config: FciConfig, arm: FciArm) -> None:
    """The loop with a robot."""
    shared = SharedState(memory)
    limits = JointLimits(arm_specification(config.arm_id), config.limit_share)
    try:
        ArmLoop(arm, link, shared, config.follower, limits, time.sleep).run()
    finally:
        shared.close()


def collision_arguments(behavior: CollisionBehavior) -> list[list[float]]:
    """As ``Robot.set_collision_behavior`` takes them: lower and upper torques, then forces."""
    return [
        behavior.lower.torque,
        behavior.upper.torque,
        behavior.lower.force,
        behavior.upper.force,
    ]


class _Mortal:
    """An arm whose process does not outlive the node while it connects.

    libfranka waits for ever for a robot that another program holds, and hears nothing meanwhile.
    """

    def __init__(self, arm: FciArm) -> None:
        self._arm = arm
        self.read = arm.read
        self.start_motion = arm.start_motion
        self.carry_out = arm.carry_out

    def connect(self) -> str:
        """See ``arm_loop.FciArm``."""
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        try:
            return self._arm.connect()
        finally:
            libc.prctl(_PR_SET_PDEATHSIG, 0)
