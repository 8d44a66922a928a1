"""Mechanisms that contact alone cannot carry: screw threads, door catches, switches.

A mechanism engages by geometry and force, as the real one does, and acts by forces
(``data.xfrc_applied``, ``data.qfrc_applied``) or by an equality constraint that it switches
(``data.eq_active``). It never moves anything by writing positions.
"""

from __future__ import annotations

from typing import Protocol

import mujoco


class Mechanism(Protocol):
    """One mechanism of a running world."""

    def reset(self) -> None:
        """The world was put back to its start."""
        ...

    def before_step(self) -> None:
        """Write forces or switch constraints for the next physics step."""
        ...


class MechanismModel(Protocol):
    """A mechanism's dimensions and the names of what it joins."""

    def build(self, spec: mujoco.MjSpec) -> None:
        """Add constraints to the model; the objects are there already."""
        ...

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> Mechanism:
        """The mechanism of a compiled world."""
        ...
