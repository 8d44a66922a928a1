"""Open the bottom drawer of a white nightstand with knobs."""

from clap_sim.gembench.objects.drawers import NIGHTSTAND
from clap_sim.gembench.tasks.open_drawer import OpenDrawer

VARIATIONS = {0: OpenDrawer(NIGHTSTAND, 0)}
