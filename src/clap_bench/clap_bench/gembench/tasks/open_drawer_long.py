"""Open a named drawer of a chest with four drawers."""

from clap_bench.gembench.objects.drawers import TALLBOY
from clap_bench.gembench.tasks.open_drawer import OpenDrawer

VARIATIONS = {level: OpenDrawer(TALLBOY, level) for level in range(TALLBOY.levels)}
