"""Open the bottom drawer of a white nightstand with knobs."""

from clap_bench.gembench.objects.drawers import NIGHTSTAND
from clap_bench.gembench.tasks.open_drawer import OpenDrawer

VARIATIONS = {0: OpenDrawer(NIGHTSTAND, 0)}
