"""Open the bottom drawer of a wide sideboard with long bars."""

from clap_bench.gembench.objects.drawers import SIDEBOARD
from clap_bench.gembench.tasks.open_drawer import OpenDrawer

VARIATIONS = {0: OpenDrawer(SIDEBOARD, 0)}
