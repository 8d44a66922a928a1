"""The ladder and what holds of it, as plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from clap_learning.probes import models
from clap_learning.probes.bench import ALL, FEW, ProbeResult
from clap_learning.probes.classes import CLASSES
from clap_learning.probes.clouds import ROTATIONS_DEG
from clap_learning.probes.collection import FAMILIES
from clap_learning.probes.scores import Score

_FIGURES = ("miou", "keypoint_cm", "keypoint_median_cm", "keypoint_near")
_HIGHER_IS_BETTER = {"miou": True, "keypoint_cm": False}
_FULL_BEATS_MAE = (models.FULL, models.MAE)
_MAE_BEATS_SCRATCH = (models.MAE, models.SCRATCH)
_DIGITS = 4

Figures = dict[str, Any]


def ladder(results: Sequence[ProbeResult]) -> list[Figures]:
    """A row per model: ``miou`` and the keypoints' figures, and the same with ``_few``, each with
    ``mean``, ``std`` over the seeds and ``values``; and ``iou`` of each class."""
    rows = []
    others = sorted({result.run.model for result in results} - set(models.LADDER))
    for model in (*models.LADDER, *others):
        own = [result for result in results if result.run.model == model]
        if not own:
            continue
        row: Figures = {
            "model": model,
            "frozen": model not in (models.DP3, models.SCRATCH),
            "seeds": [result.run.seed for result in own],
        }
        for labels, ending in ((ALL, ""), (FEW, "_few")):
            scores = [result.ladder[labels] for result in own]
            for name in _FIGURES:
                row[name + ending] = _over_seeds([getattr(score, name) for score in scores])
        row["iou"] = _by_class([result.ladder[ALL] for result in own])
        rows.append(row)
    return rows


def holds(rows: Sequence[Figures]) -> Figures:
    """Whether the full model beats MAE alone and that beats scratch, by more than the spread.

    The spread is the larger of the two models' standard deviations over the seeds. Null where a
    row is missing or has one seed.
    """
    by_model = {row["model"]: row for row in rows}
    told: Figures = {}
    for name, (better, worse) in (
        ("full_beats_mae", _FULL_BEATS_MAE),
        ("mae_beats_scratch", _MAE_BEATS_SCRATCH),
    ):
        told[name] = {
            figure + ending: _beats(by_model.get(better), by_model.get(worse), figure, ending)
            for ending in ("", "_few")
            for figure in _HIGHER_IS_BETTER
        }
    every = [one["holds"] for pairs in told.values() for one in pairs.values()]
    told["all"] = None if None in every else all(every)
    return told


def viewpoint(results: Sequence[ProbeResult]) -> list[Figures]:
    """A row per model and kind of cloud: the scores at each rotation, and the drop from 0 degrees
    (of the keypoint, the rise of its error)."""
    rows = []
    for model in models.VIEWPOINT:
        for family in FAMILIES:
            own = [r for r in results if r.run.model == model and family in r.viewpoint]
            if not own:
                continue
            row: Figures = {"model": model, "cameras": family, "rotations": {}}
            straight = f"{ROTATIONS_DEG[0]:.0f}"
            for rotation in own[0].viewpoint[family]:
                here = [result.viewpoint[family][rotation] for result in own]
                reference = [result.viewpoint[family][straight] for result in own]
                pairs = list(zip(reference, here, strict=True))
                row["rotations"][rotation] = {
                    "miou": _over_seeds([score.miou for score in here]),
                    "keypoint_cm": _over_seeds([score.keypoint_cm for score in here]),
                    "miou_drop": _over_seeds([a.miou - b.miou for a, b in pairs]),
                    "keypoint_rise_cm": _over_seeds(
                        [b.keypoint_cm - a.keypoint_cm for a, b in pairs]
                    ),
                }
            row["keypoints"] = own[0].viewpoint[family][straight].keypoints
            rows.append(row)
    return rows


def _beats(better: Figures | None, worse: Figures | None, figure: str, ending: str) -> Figures:
    if better is None or worse is None:
        return {"holds": None, "by": None, "spread": None}
    a, b = better[figure + ending], worse[figure + ending]
    if a["mean"] is None or b["mean"] is None or a["std"] is None or b["std"] is None:
        return {"holds": None, "by": None, "spread": None}
    by = a["mean"] - b["mean"] if _HIGHER_IS_BETTER[figure] else b["mean"] - a["mean"]
    spread = max(a["std"], b["std"])
    return {"holds": by > spread, "by": round(by, _DIGITS), "spread": spread}


def _over_seeds(values: Sequence[float]) -> Figures:
    """Mean, sample standard deviation (null of one value) and the values themselves."""
    if any(math.isnan(value) for value in values):
        return {"mean": None, "std": None, "values": []}
    std = round(float(np.std(values, ddof=1)), _DIGITS) if len(values) > 1 else None
    return {
        "mean": round(float(np.mean(values)), _DIGITS),
        "std": std,
        "values": [round(value, _DIGITS) for value in values],
    }


def _by_class(scores: Sequence[Score]) -> dict[str, float | None]:
    """Mean over the seeds of each class; null for one that does not occur."""
    means = np.mean([score.iou for score in scores], axis=0)
    return {
        name: None if math.isnan(mean) else round(float(mean), _DIGITS)
        for name, mean in zip(CLASSES, means, strict=True)
    }
