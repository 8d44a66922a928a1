"""``./clap bench calibration``: how exactly cameras are found, and how well that is known."""

from __future__ import annotations

import argparse
import json

import numpy as np
from rich.console import Console
from rich.table import Table

from clap_calibration.looks import Mounting
from clap_calibration.simulated import CalibrationTrial, trial

HELP = """Calibrate simulated cameras whose true place is known, on stands and on the hand by turns.
The board is rendered with a D435's blur and noise, the hand is off by 0.1 mm and 0.3 mrad about
each axis, the first guess by 2 cm and 3 degrees. Figures are root mean squares over the runs."""

_DIGITS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--runs", type=int, default=12, help="calibrations (%(default)s)")
    parser.add_argument("--poses", type=int, default=15, help="looks of each (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the first run (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print only one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Run it; the last line of output is JSON."""
    mountings = list(Mounting)
    runs = max(args.runs, 1)
    trials = [
        trial(mountings[number % 2], args.poses, args.seed + number // 2) for number in range(runs)
    ]
    result = figures(trials)
    if not args.json:
        Console().print(_table(trials))
    print(json.dumps(result))
    return 0


def figures(trials: list[CalibrationTrial]) -> dict[str, float]:
    """What a list of runs comes to."""
    errors_mm = [one.error_mm for one in trials]
    errors_deg = [one.error_deg for one in trials]
    found = {
        "translation_mm": _rms(errors_mm),
        "rotation_deg": _rms(errors_deg),
        "claimed_mm": _rms([one.verified.calibration.claimed_mm for one in trials]),
        "claimed_deg": _rms([one.verified.calibration.claimed_deg for one in trials]),
        "worst_translation_mm": max(errors_mm),
        "worst_rotation_deg": max(errors_deg),
        "held_out_mm": _rms([one.verified.held_out_mm for one in trials]),
        "unseen_mm": _rms([one.unseen_mm for one in trials]),
        "halves_mm": _rms([one.verified.halves_mm for one in trials]),
        "halves_deg": _rms([one.verified.halves_deg for one in trials]),
    }
    return {**{key: round(value, _DIGITS) for key, value in found.items()}, "runs": len(trials)}


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _table(trials: list[CalibrationTrial]) -> Table:
    table = Table("camera", "mm", "degrees", "claimed mm", "held out mm", "unseen mm", box=None)
    for one in trials:
        calibration = one.verified.calibration
        table.add_row(
            one.mounting.value,
            f"{one.error_mm:.2f}",
            f"{one.error_deg:.3f}",
            f"{calibration.claimed_mm:.2f}",
            f"{one.verified.held_out_mm:.2f}",
            f"{one.unseen_mm:.2f}",
        )
    return table
