"""Pick up the red moon and lift it into the target."""

from __future__ import annotations

from clap_bench.gembench.objects.shapes import Moon
from clap_bench.gembench.tasks.pick_and_lift import PickAndLift

VARIATIONS = {0: PickAndLift("red", Moon)}
