"""What is said to hold, holds."""

from __future__ import annotations

from pathlib import Path

from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.weights import save_encoder
from clap_learning.probes import models
from clap_learning.probes.bench import ALL, FEW, ProbeResult
from clap_learning.probes.classes import CLASSES
from clap_learning.probes.models import ProbedModel
from clap_learning.probes.report import holds, ladder
from clap_learning.probes.scores import Score

TINY = EncoderConfig(name="tiny", points=64, patches=4, patch_points=16, width=16, depth=1, heads=1)


def result(model: str, seed: int, miou: float, keypoint_cm: float) -> ProbeResult:
    score = Score(miou, (miou,) * len(CLASSES), keypoint_cm, keypoint_cm, 0.5, 10)
    return ProbeResult(ProbedModel(model, seed), {ALL: score, FEW: score})


def results(
    full: tuple[float, ...], mae: tuple[float, ...] = (0.5, 0.51, 0.52)
) -> list[ProbeResult]:
    of = {"full": full, "mae": mae, "scratch": (0.3, 0.31, 0.32)}
    return [
        result(model, seed, miou, 10.0 * (1.0 - miou))
        for model, values in of.items()
        for seed, miou in enumerate(values)
    ]


def test_more_than_the_spread_holds_and_less_does_not() -> None:
    told = holds(ladder(results((0.6, 0.61, 0.62))))
    assert told["all"] is True
    assert told["full_beats_mae"]["miou"] == {"holds": True, "by": 0.1, "spread": 0.01}
    # A lower error is better.
    assert told["full_beats_mae"]["keypoint_cm"]["by"] == 1.0

    told = holds(ladder(results((0.45, 0.55, 0.65))))
    assert told["full_beats_mae"]["miou"]["holds"] is False
    assert told["mae_beats_scratch"]["miou"]["holds"] is True
    assert told["all"] is False


def test_of_a_row_that_is_missing_nothing_is_said() -> None:
    told = holds(ladder([one for one in results((0.6, 0.6, 0.6)) if one.run.model != "mae"]))
    assert told["full_beats_mae"]["miou"]["holds"] is None
    assert told["all"] is None


def test_the_plan_names_what_is_missing(tmp_path: Path) -> None:
    save_encoder(tmp_path / "full-1", ClarEncoder(TINY), {})
    (tmp_path / "mae-0").mkdir()
    plan = models.planned_measurements(tmp_path, None)
    trained = [run for run in plan.runs if run.folder is not None]
    assert trained == [ProbedModel("full", 1, tmp_path / "full-1")]
    assert tmp_path / "mae-0" in plan.missing
    assert len(plan.missing) == 3 * len(models.VARIANTS) - 1
    assert {run.model for run in plan.runs} == {"chance", "dp3-mlp", "random", "scratch", "full"}


def test_the_shipped_model_has_a_row_of_its_own(tmp_path: Path) -> None:
    save_encoder(tmp_path / "clar-tiny", ClarEncoder(TINY), {})
    plan = models.planned_measurements(tmp_path, tmp_path / "clar-tiny")
    assert [run.seed for run in plan.runs if run.model == models.SHIPPED] == [0, 1, 2]
