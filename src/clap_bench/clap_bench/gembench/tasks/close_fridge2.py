"""Push the door of another fridge shut: low and wide, one door, hinged on the other side."""

from __future__ import annotations

from clap_bench.gembench.care import note_strikes, was_struck
from clap_bench.gembench.objects.fridge import Fridge
from clap_bench.gembench.swings import push_shut_from_above
from clap_bench.gembench.tasks.close_fridge import DOOR, CloseFridge
from clap_bench.suite.task import Stage
from clap_bench.suite.truth import Truth
from clap_sim.world.objects import COLOURS

_LOW = Fridge(
    colour="teal",
    hinge="right",
    width_m=0.27,
    depth_m=0.19,
    height_m=0.34,
    freezer_m=0.0,
    feet_m=0.035,
    door_m=0.024,
    handle_m=0.09,
    handle_z=0.72,
    paint_rgba=COLOURS["teal"],
)


class CloseFridge2(CloseFridge):
    """The same with a door that can be reached from above."""

    def watch(self, truth: Truth) -> None:
        note_strikes(truth, DOOR)

    def success(self, truth: Truth) -> bool:
        return super().success(truth) and not was_struck(truth)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (push_shut_from_above(DOOR, "fridge door"),)


VARIATIONS = {0: CloseFridge2(_LOW)}
