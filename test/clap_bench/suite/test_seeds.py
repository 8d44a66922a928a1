"""Seeds: scoring and demonstrations never share one."""

from __future__ import annotations

import pytest

from clap_bench.gembench import suite
from clap_bench.suite.seeds import BLOCK, TRAIN_START, scoring_seed, train_seed
from clap_core.errors import ClapError


def test_a_scoring_seed_is_the_number_itself() -> None:
    assert [scoring_seed(7, index) for index in range(3)] == [7, 8, 9]


def test_no_demonstration_has_a_scoring_seed() -> None:
    names = [name for level in suite.LEVELS for name in suite.variations(level)]
    assert scoring_seed(0, BLOCK - 1) < TRAIN_START
    assert min(train_seed(name, 0) for name in names) >= TRAIN_START


def test_variations_have_demonstrations_of_their_own() -> None:
    names = suite.variations("train")
    assert len({train_seed(name, 0) for name in names}) == len(names)
    assert train_seed(names[0], 2, 3) == train_seed(names[0], 5, 0)


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (BLOCK, 0), (BLOCK - 1, 1)])
def test_a_seed_out_of_range_is_refused(seed: int, index: int) -> None:
    for refused in (lambda: scoring_seed(seed, index), lambda: train_seed("task+0", seed, index)):
        with pytest.raises(ClapError, match=str(seed)):
            refused()
