"""``clap bench control``: how long a policy of small steps takes, by part."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from clap_bench.steps.episode import StepEpisode
from clap_bench.steps.finding import find_step_suite
from clap_bench.suite.episode import EpisodeOverError
from clap_bench.suite.scoring.files import check_writable, write_json
from clap_bench.suite.seeds import scoring_seed

HELP = """Time the control loop of the step policy in a task: look (pictures, cloud), encode
(patches, tokens), decide (the chunk), and move (simulated steps). A look serves all steps that it
is followed by, so that a step costs a part of it: `step` is all of it over the steps. Medians.

  ./clap bench control --weights out/step --task drawer-open"""

_WARM_UP = 3

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--weights", required=True, help="folder, as ./clap train step writes it")
    add("--suite", default="metaworld", help="of the task (%(default)s)")
    add("--task", default="drawer-open", help="that is played (%(default)s)")
    add("--looks", type=int, default=100, help="how many are timed (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures to this file")


def run(args: argparse.Namespace) -> int:
    """Print the medians, the last line as JSON."""
    from clap_learning.step.backend import LearnedStepPolicy, StepPolicySettings

    if args.json:
        check_writable(args.json)
    suite = find_step_suite(args.suite)
    world = suite.world(args.task)
    policy = LearnedStepPolicy(StepPolicySettings(weights=args.weights))
    times: dict[str, list[float]] = defaultdict(list)

    def timed(part: str, what: Callable[[], T]) -> T:
        began = time.perf_counter()
        done = what()
        times[part].append(1e3 * (time.perf_counter() - began))
        return done

    seed = 0
    episode = StepEpisode(world, scoring_seed(seed))
    while len(times["look"]) < args.looks + _WARM_UP:
        if episode.over:
            seed += 1
            episode = StepEpisode(world, scoring_seed(seed))
        seen = timed("look", episode.view)
        tokens = timed("encode", partial(policy.encode, seen))
        chunk = timed("decide", partial(policy.decide, seen, tokens))
        began, before = time.perf_counter(), episode.steps
        try:
            for action in chunk:
                episode.step(action)
        except EpisodeOverError:
            pass
        moved = episode.steps - before
        times["move"].append(1e3 * (time.perf_counter() - began) / moved)
        whole = times["look"][-1] + times["encode"][-1] + times["decide"][-1]
        times["step"].append(whole / moved + times["move"][-1])
    world.close()
    medians = {part: round(float(np.median(ms[_WARM_UP:])), 2) for part, ms in times.items()}
    for part, median_ms in medians.items():
        print(f"{part:<8} {median_ms:8.2f} ms")
    told = {
        "task": args.task,
        "looks": args.looks,
        "steps_a_look": len(chunk),
        "median_ms": medians,
    }
    if args.json:
        write_json(told, args.json)
    print(json.dumps(told))
    return 0
