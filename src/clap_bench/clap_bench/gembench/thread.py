"""Screw threads between a free body (a lid, a bulb) and a body that stands fixed.

The fixed body offers a site ``<socket>_thread`` whose z points out of it. The screw's own frame
lies there when the thread's first turns meet; from there a clockwise turn, seen from above, draws
the screw in by the lead.

The thread takes hold by geometry alone, as a real one does:

* Brought in straight and on the axis, the screw comes to rest on the first turn (a force that only
  pushes out). Brought in askew or off the axis it meets nothing but its own contacts.
* Resting there, it bites once it has been turned clockwise by a few degrees. Turned anticlockwise
  it slips from crest to crest and does not.
* Once it has bitten it is held on the helix, by springs with damping along the axis, across it and
  against tilting, with dry friction about the axis and a stop at the end of the thread. The helix
  is so flat that friction holds it against pulling: it comes out only by turning it back.
* It also lets go when something tears it off.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, hypot, pi

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.suite.truth import Truth

Array = NDArray[np.float64]

_NATURAL_RAD_S = 400.0
"""Natural frequency of the springs on the screw alone: 0.4 rad each physics step."""

_DAMPING_RATIO = 0.6
_ACROSS = 0.1
"""Stiffness across the axis, as a part of that along it: a thread has play."""

_PRESSED_M = 0.0005
"""The crests meet when the screw is no higher than this above them."""


@dataclass(frozen=True)
class Thread:
    """A thread's dimensions.

    Attributes:
        screw: body that is turned; it has a free joint, and turns about the z axis of its frame.
        socket: body that stands fixed, with a site ``<socket>_thread``.
        lead_m: how far a full turn draws the screw in.
        end_rad: turn from the first touch to the stop.
        bite_rad: turn after which it holds.
        play_m: how far beside the axis the screw may be when it comes to rest on the first turn.
        tilt_rad: how far askew.
        friction_nm: dry friction about the axis.
        tear_m: how far the screw must be pulled off the helix to tear it off.
    """

    screw: str
    socket: str
    lead_m: float = 0.009
    end_rad: float = np.radians(130.0)
    bite_rad: float = np.radians(8.0)
    play_m: float = 0.004
    tilt_rad: float = np.radians(7.0)
    friction_nm: float = 0.04
    tear_m: float = 0.004

    @property
    def depth_m(self) -> float:
        """How far the screw sinks from the first touch to the stop."""
        return self.lead_m * self.end_rad / (2.0 * pi)

    def build(self, spec: mujoco.MjSpec) -> None:
        """Nothing to add: it acts by forces on the screw alone."""

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> ThreadState:
        return ThreadState(self, model, data)


class ThreadState:
    """A thread at work.

    While the screw is in the socket its applied force (``xfrc_applied``) belongs to the thread.

    Args:
        thread: its dimensions.
        model, data: MuJoCo's.

    Attributes:
        thread: its dimensions.
        turned_rad: how far the screw is turned in; 0 until the first turns touch.
        engaged: whether it holds.
    """

    def __init__(self, thread: Thread, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self.thread = thread
        self.turned_rad = 0.0
        self.engaged = False
        body = model.body(thread.screw)
        joint = model.joint(int(body.jntadr[0]))
        # The state itself, since what is derived from it in `data` is one step old.
        self._pose = data.qpos[joint.qposadr[0] :][:7]
        self._speed = data.qvel[joint.dofadr[0] :][:6]
        self._com_m = body.ipos
        self._mass, self._inertia = float(body.mass[0]), float(body.inertia.min())
        self._force = data.xfrc_applied[body.id]
        socket = model.site(f"{thread.socket}_thread").id
        self._socket_m = data.site_xpos[socket]
        self._socket_axes = data.site_xmat[socket].reshape(3, 3)
        self._matrix = np.zeros(9)
        self._met = False
        self._yaw = 0.0
        self._stuck_rad = 0.0

    def reset(self) -> None:
        self.turned_rad = 0.0
        self.engaged = False
        self._met = False
        self._stuck_rad = 0.0

    def before_step(self) -> None:
        off = self._pose[:3] - self._socket_m
        if not self._met and off.dot(off) > (2.0 * self.thread.play_m) ** 2:
            return
        socket = self._socket_axes
        mujoco.mju_quat2Mat(self._matrix, self._pose[3:])
        screw = self._matrix.reshape(3, 3)
        across_x, across_y, height = (off @ socket).tolist()
        tilt = np.cross(screw[:, 2], socket[:, 2])
        upright = float(screw[:, 2] @ socket[:, 2]) > 0.0
        askew = hypot(*tilt.tolist()) if upright else pi
        if not self._stays(height, hypot(across_x, across_y), askew):
            self._let_go()
            return
        x = screw[:, 0] @ socket
        yaw = atan2(x[1], x[0])
        if not self._met:
            self._met, self._yaw = True, yaw
        self._turn(yaw)
        self._push(screw, off, height, tilt)

    def _stays(self, height: float, beside: float, askew: float) -> bool:
        """Whether the screw is in the socket, or just came in."""
        thread = self.thread
        if self.engaged:
            torn = abs(height - self._helix_m()) > thread.tear_m or beside > 2.0 * thread.play_m
            return not torn and askew < 2.0 * thread.tilt_rad
        if askew > thread.tilt_rad or beside > thread.play_m:
            return False
        # A screw that sank past the first turn askew has missed it and rests on its contacts.
        return height <= _PRESSED_M and (self._met or height > -thread.tear_m / 2.0)

    def _turn(self, yaw: float) -> None:
        """Follow the turn; one to the left of the first touch only slips."""
        change = (yaw - self._yaw + pi) % (2.0 * pi) - pi
        self._yaw = yaw
        self.turned_rad = max(0.0, self.turned_rad - change)
        self.engaged = self.turned_rad > self.thread.bite_rad

    def _helix_m(self) -> float:
        """Height over the first touch at which the thread holds the screw."""
        return -self.thread.lead_m * self.turned_rad / (2.0 * pi)

    def _push(self, screw: Array, off: Array, height: float, tilt: Array) -> None:
        axis = self._socket_axes[:, 2]
        speed, spin = self._speed[:3], screw @ self._speed[3:]
        turning, rising = float(spin @ axis), float(speed @ axis)
        rate = _NATURAL_RAD_S
        damping = 2.0 * _DAMPING_RATIO / rate
        slope = self.thread.lead_m / (2.0 * pi)

        stiff = self._mass * rate**2
        along = -stiff * (height - self._helix_m() + damping * (rising - slope * turning))
        if not self.engaged:
            self._force[:3] = max(0.0, along) * axis
            self._force[3:] = 0.0
            return
        beside = off - height * axis
        force = along * axis - _ACROSS * stiff * (beside + damping * (speed - rising * axis))

        twist = self._inertia * rate**2
        torque = twist * (tilt - damping * (spin - turning * axis))
        about = -slope * along
        beyond = self.turned_rad - self.thread.end_rad
        if beyond > 0.0:
            about += twist * max(0.0, beyond - damping * turning)
        about += self._friction(twist, damping * turning)
        torque += about * axis

        self._force[:3] = force
        self._force[3:] = torque + np.cross(force, screw @ self._com_m)

    def _friction(self, stiff: float, damping_rad: float) -> float:
        """Dry friction: a spring to where the screw sticks, which is dragged along beyond it."""
        slack = self.thread.friction_nm / stiff
        self._stuck_rad = min(
            max(self._stuck_rad, self.turned_rad - slack), self.turned_rad + slack
        )
        wanted = stiff * (self.turned_rad - self._stuck_rad - damping_rad)
        return min(max(wanted, -self.thread.friction_nm), self.thread.friction_nm)

    def _let_go(self) -> None:
        if self._met:
            self._force[:] = 0.0
        self.reset()


def turned_in(truth: Truth, screw: str, socket: str) -> float:
    """How far a screw is turned into a socket, rad; 0 where the thread does not hold."""
    for mechanism in truth.world.mechanisms:
        if isinstance(mechanism, ThreadState):
            thread = mechanism.thread
            if (thread.screw, thread.socket) == (screw, socket):
                return mechanism.turned_rad if mechanism.engaged else 0.0
    raise KeyError(f"no thread between '{screw}' and '{socket}'")
