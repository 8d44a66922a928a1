"""What holds doors shut: magnets, and latches that a handle draws back."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np


@dataclass(frozen=True)
class Magnet:
    """Pulls a door shut when it is nearly closed, as the seal of a fridge does.

    Attributes:
        joint: of the door, 0 when closed.
        torque_nm: with which it holds the closed door.
        reach_rad: angle at which the torque has fallen to a third.
    """

    joint: str
    torque_nm: float
    reach_rad: float = np.radians(2.0)

    def build(self, spec: mujoco.MjSpec) -> None:
        """Nothing: it acts by a torque."""

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> _RunningMagnet:
        return _RunningMagnet(self, model, data)


class _RunningMagnet:
    def __init__(self, magnet: Magnet, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._magnet, self._data = magnet, data
        self._qpos = int(model.joint(magnet.joint).qposadr[0])
        self._dof = int(model.joint(magnet.joint).dofadr[0])

    def reset(self) -> None:
        """It has no memory."""

    def before_step(self) -> None:
        angle = max(0.0, float(self._data.qpos[self._qpos]))
        pull = self._magnet.torque_nm * np.exp(-angle / self._magnet.reach_rad)
        self._data.qfrc_applied[self._dof] = -pull


@dataclass(frozen=True)
class Latch:
    """A bolt that snaps in when the door is closed and that turning the handle draws back.

    Attributes:
        joint: of the door, 0 when closed.
        handle: joint of the lever or knob, 0 at rest; it may turn either way.
        release_rad: the handle frees the bolt from this angle on.
        snap_rad: a door this nearly closed is caught.
        misses_rad: a bolt cannot hold a door this far open.
    """

    joint: str
    handle: str
    release_rad: float
    snap_rad: float = np.radians(0.5)
    misses_rad: float = np.radians(2.0)

    def build(self, spec: mujoco.MjSpec) -> None:
        bolt = spec.add_equality(
            name=f"{self.joint}_bolt",
            type=mujoco.mjtEq.mjEQ_JOINT,
            name1=self.joint,
            active=False,
            solref=[0.01, 1.0],
        )
        bolt.data[:5] = 0.0

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> _RunningLatch:
        return _RunningLatch(self, model, data)


class _RunningLatch:
    def __init__(self, latch: Latch, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._latch, self._data = latch, data
        self._door = int(model.joint(latch.joint).qposadr[0])
        self._handle = int(model.joint(latch.handle).qposadr[0])
        self._bolt = model.equality(f"{latch.joint}_bolt").id

    def reset(self) -> None:
        """A closed door starts latched."""
        self._data.eq_active[self._bolt] = 0
        self.before_step()

    def before_step(self) -> None:
        drawn = abs(self._data.qpos[self._handle]) >= self._latch.release_rad
        angle = self._data.qpos[self._door]
        if drawn or angle > self._latch.misses_rad:
            self._data.eq_active[self._bolt] = 0
        elif angle < self._latch.snap_rad:
            self._data.eq_active[self._bolt] = 1
