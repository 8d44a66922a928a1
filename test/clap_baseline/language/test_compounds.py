"""Names of two words whose first one would be refused alone."""

import pytest

from clap_baseline.knowledge import knowledge
from clap_baseline.planner import GrammarPlanner
from clap_core.errors import ClapError, ErrorCode

CARRIED = [name for name in knowledge().compounds if name != "light switch"]


@pytest.mark.parametrize("name", CARRIED)
def test_a_compound_is_one_name(name: str) -> None:
    plan = GrammarPlanner().plan(f"put the {name} next to the tray")
    assert (plan[-1].object, plan[-1].reference) == (name, "tray")


@pytest.mark.parametrize("name", ["paper mug", "glass block", "hot plate", "cardboard"])
def test_what_cannot_be_seen_is_refused_still(name: str) -> None:
    with pytest.raises(ClapError) as caught:
        GrammarPlanner().plan(f"pick up the {name}")
    assert caught.value.code is ErrorCode.IMPOSSIBLE


def test_a_light_switch_is_no_lamp() -> None:
    (step,) = GrammarPlanner().plan("press the light switch")
    assert step.object == "light switch"
