"""The same with a white glazed door, narrower, with a knob, hinged on the other side."""

from __future__ import annotations

from clap_bench.gembench.objects.door import Door
from clap_bench.gembench.tasks.open_door import OpenDoor
from clap_sim.world.objects import COLOURS
from clap_sim.world.scene import Zone

_GLAZED = Door(
    colour="white",
    hinge="right",
    handle="knob",
    backset_m=0.065,
    width_m=0.20,
    height_m=0.42,
    handle_z_m=0.19,
    standoff_m=0.058,
    wing_m=0.03,
    glazed=True,
    paint_rgba=COLOURS["white"],
)

_ZONE = Zone(x_m=(0.66, 0.72), y_m=(0.02, 0.18), yaw_rad=(-0.4, 0.1), reach_m=(0.0, 1.0))

VARIATIONS = {0: OpenDoor(_GLAZED, _ZONE)}
