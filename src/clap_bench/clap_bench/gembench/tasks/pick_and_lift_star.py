"""Pick up the red star and lift it into the target."""

from __future__ import annotations

from clap_bench.gembench.objects.shapes import Star
from clap_bench.gembench.tasks.pick_and_lift import PickAndLift

VARIATIONS = {0: PickAndLift("red", Star)}
