"""``clap bench step``: how long it takes from a look to an action, by stage."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from clap_core.backends import (
    KEYPOINT_FINDERS,
    POLICIES,
    KeypointFinder,
    Observation,
    Policy,
    Scene,
    create,
)
from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.keypoint_convention import happens_at_hand, held_before
from clap_data.episodes import EpisodeFile, EpisodeFolder

HELP = """Time the whole coarse-to-fine step on the looks of demonstrations: the views become one
cloud (fuse), the keypoint is found (find) and the next key poses are predicted (act). Only steps
with an empty hand are timed, and only those that end in an action.

  ./clap data make --split L1 --episodes 1 --seed 500400 --out out/L1
  ./clap bench step out/L1 --json"""

_STAGES = ("fuse", "find", "act")
_WARM_UP = 3
_DIGITS = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("folder", type=Path, metavar="DIR", help="of demonstrations")
    add("--finder", default="learned", help="keypoint finder (%(default)s)")
    add("--policy", default="align", help="policy (%(default)s)")
    add("--steps", type=int, default=100, help="how many looks, at most (%(default)s)")
    add("--json", action="store_true", help="print only one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Time it; the last line of output is JSON."""
    finder: KeypointFinder = create(KEYPOINT_FINDERS, args.finder)
    policy: Policy = create(POLICIES, args.policy)
    finder.warm_up()
    policy.warm_up()
    times_ms = _times_ms(EpisodeFolder(args.folder), finder, policy, args.steps)
    whole = [sum(stages) for stages in zip(*times_ms.values(), strict=True)]
    if not whole:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"no look in {args.folder} led to an action of '{args.policy}'",
            "Give demonstrations of tasks that it knows: ./clap data make --split L1",
        )
    result = {
        "finder": args.finder,
        "policy": args.policy,
        "steps": len(whole),
        "median_ms": round(median(whole), _DIGITS),
        "p95_ms": round(float(np.percentile(whole, 95)), _DIGITS),
        **{f"{stage}.median_ms": round(median(times_ms[stage]), _DIGITS) for stage in _STAGES},
    }
    if not args.json:
        table = Table("", "ms", box=None)
        for key in ("fuse.median_ms", "find.median_ms", "act.median_ms", "median_ms", "p95_ms"):
            table.add_row(key, str(result[key]))
        Console(highlight=False).print(table)
    print(json.dumps(result))
    return 0


def _times_ms(
    folder: EpisodeFolder, finder: KeypointFinder, policy: Policy, steps: int
) -> dict[str, list[float]]:
    """Of each stage, of looks that led to an action; the first ones only warm up."""
    times_ms: dict[str, list[float]] = defaultdict(list)
    steps_taken = (one for episode in folder for one in _of_episode(episode, finder, policy))
    for taken in islice(steps_taken, _WARM_UP, _WARM_UP + steps):
        for stage, milliseconds in zip(_STAGES, taken, strict=True):
            times_ms[stage].append(milliseconds)
    return {stage: times_ms[stage] for stage in _STAGES}


def _of_episode(
    episode: EpisodeFile, finder: KeypointFinder, policy: Policy
) -> Iterator[tuple[float, float, float]]:
    record = episode.record
    plan = [step.subtask for step in record.subtasks]
    fuser = CloudFuser(FusionConfig())
    for number, step in enumerate(record.subtasks):
        held = held_before(plan, number)
        if held or happens_at_hand(step.subtask, held):
            continue  # how a thing is held is not in an episode
        look = record.looks[step.key_poses[0]]
        views = list(episode.look(step.key_poses[0], record.fixed_cameras).views)
        began = time.perf_counter()
        cloud = fuser.fuse(views)
        fused = time.perf_counter()
        scene = Scene(cloud, np.array(look.base_T_tcp), look.gripper_width_m)
        try:
            keypoint = finder.find(step.subtask, scene).require()
            found = time.perf_counter()
            policy.act(Observation(step.subtask, keypoint, scene, None, 0))
        except ClapError:
            continue  # a refusal takes less time than an answer
        ended = time.perf_counter()
        yield 1e3 * (fused - began), 1e3 * (found - fused), 1e3 * (ended - found)
