"""Close the lid of another laptop: small, thick, with bumpers and a carrying handle."""

from __future__ import annotations

from clap_bench.gembench.objects.laptop import RuggedLaptop
from clap_bench.gembench.tasks.close_laptop_lid import CloseLaptopLid

VARIATIONS = {0: CloseLaptopLid(RuggedLaptop("gray"), open_rad=(1.85, 2.25))}
