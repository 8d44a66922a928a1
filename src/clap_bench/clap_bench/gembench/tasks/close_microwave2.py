"""Push the door of another microwave shut: red, high, with dials, hinged on the other side."""

from __future__ import annotations

from clap_bench.gembench.care import note_strikes, was_struck
from clap_bench.gembench.objects.microwave import Microwave
from clap_bench.gembench.swings import push_shut_from_above
from clap_bench.gembench.tasks.close_microwave import DOOR, CloseMicrowave
from clap_bench.suite.task import Stage
from clap_bench.suite.truth import Truth
from clap_sim.world.objects import COLOURS

_RETRO = Microwave(
    colour="red",
    hinge="right",
    width_m=0.28,
    depth_m=0.20,
    height_m=0.23,
    panel_m=0.062,
    dials=True,
    feet_m=0.025,
    handle_m=0.08,
    paint_rgba=COLOURS["red"],
)


class CloseMicrowave2(CloseMicrowave):
    """The same with a door that can be reached from above."""

    def watch(self, truth: Truth) -> None:
        note_strikes(truth, DOOR)

    def success(self, truth: Truth) -> bool:
        return super().success(truth) and not was_struck(truth)

    def stages(self, truth: Truth) -> tuple[Stage, ...]:
        return (push_shut_from_above(DOOR, "microwave door"),)


VARIATIONS = {0: CloseMicrowave2(_RETRO)}
