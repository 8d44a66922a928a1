"""`./clap bench encoder`: cloud to tokens, every engine against eager PyTorch."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from clap_cli.installed import installed
from clap_core.camera.tabletop import views
from clap_core.fusion import CloudFuser, FusionConfig
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.inference import DEFAULT_ENGINE, EAGER, ENGINES, Engine, make_engine
from clap_learning.clar.inference.engine import THREADS
from clap_learning.clar.inference.footprint import peak_rss_mb, weights_at
from clap_learning.clar.inference.plain_patches import plain_patches
from clap_learning.clar.inference.roofline import best_flops, flop_of
from clap_learning.clar.patches import make_patches
from clap_learning.clar.stored_weights import EncoderWeights
from clap_learning.clar.weights import encoder_from

HELP = "time cloud to tokens (2048 points, two cores) against plain eager PyTorch"

MODEL = "clar-tiny"

SCENES = 5
BLOCK = 10
"""Clouds that one side encodes before the next one does; so are both measured in the same
minutes, and neither always finds the other's data in the caches."""

_UNCOUNTED = 2
"""Of a block's clouds, more than that: the other side's threads come to rest."""

IDLE_LOAD = 0.5
"""Above it, other programs had the cores too: PyTorch's threads, which wait for each other after
each step, suffer more from that than the engines do, and the ratios flatter."""

Array = NDArray[np.float32]
Cloud = tuple[Array, NDArray[np.uint8]]


@dataclass
class Side:
    """One way from cloud to tokens, and its times in ms."""

    patches: Callable[[Cloud], tuple[Array, Array]]
    engine: Engine
    start_s: float = 0.0
    patches_ms: list[float] = field(default_factory=list)
    encoder_ms: list[float] = field(default_factory=list)

    def tokens(self, cloud: Cloud, counted: bool = True) -> Array:
        """Encode one cloud [N, 3] and colours; [G, width]."""
        start = time.perf_counter()
        centers, points = self.patches(cloud)
        middle = time.perf_counter()
        tokens = self.engine.encode(centers[None], points[None])
        end = time.perf_counter()
        if counted:
            self.patches_ms.append((middle - start) * 1e3)
            self.encoder_ms.append((end - middle) * 1e3)
        return np.asarray(tokens[0])

    def figures(self) -> dict[str, float]:
        """Of the whole way and of its parts."""
        whole = np.add(self.patches_ms, self.encoder_ms)
        return {
            "median_ms": round(float(np.median(whole)), 2),
            "min_ms": round(float(whole.min()), 2),
            "p95_ms": round(float(np.percentile(whole, 95)), 2),
            "patches_ms": round(float(np.median(self.patches_ms)), 2),
            "encoder_ms": round(float(np.median(self.encoder_ms)), 2),
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--frames", type=int, default=300, help="clouds a side (default 300)")
    parser.add_argument("--weights", help="folder, or name of a configuration to take at random")
    parser.add_argument(
        "--engine", default=DEFAULT_ENGINE, choices=[*ENGINES], help="whose figures come first"
    )
    parser.add_argument("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Run the benchmark; its last line of output is JSON."""
    with _two_cores():
        result = measure(args.weights or _shipped(), args.engine, max(args.frames, 1))
    if not args.json:
        Console().print(_table(result))
    print(json.dumps(result))
    return 0


def measure(source: str, engine: str, frames: int) -> dict[str, Any]:
    """Time the ways from cloud to tokens in turns, and compare their tokens.

    Args:
        source: folder of weights, or name of a configuration.
        engine: whose figures come first.
        frames: clouds that each way encodes.

    Returns:
        Figures of `engine`, and under ``engines`` those of all; ``ratio_vs_eager`` with the same
        patches on both sides, so that only what runs the encoder differs;
        ``ratio_vs_eager_plain_patches`` against farthest points and neighbours in PyTorch too;
        ``ratio_encoder_only`` of the encoder's time alone; ``mean_diff`` and ``max_diff`` of the
        tokens from eager's, in standard deviations of those; ``roof_ms`` that the encoder's
        matrix products would take at the cores' best rate in single precision, and
        ``roof_ratio``: ``ratio_vs_eager`` of an engine that fast.
    """
    load = os.getloadavg()[0]
    weights = weights_at(source)
    config = weights.config
    clouds = [_cloud(seed, config) for seed in range(SCENES)]

    def ours(cloud: Cloud) -> tuple[Array, Array]:
        return make_patches(*cloud, config)

    def plain(cloud: Cloud) -> tuple[Array, Array]:
        with torch.inference_mode():
            xyz, rgb = (torch.from_numpy(part) for part in cloud)
            centers, points = plain_patches(xyz, rgb, config)
            return centers.numpy(), points.numpy()

    sides = {name: _side(ours, name, weights) for name in ENGINES}
    eager = sides[EAGER]
    plainest = Side(plain, eager.engine)
    _in_turns([*sides.values(), plainest], clouds, frames)

    roof_flops, flop = best_flops(), flop_of(encoder_from(weights))
    roof_ms = flop / roof_flops * 1e3

    wanted = _tokens(eager, clouds)
    differences = {
        name: np.abs(_tokens(side, clouds) - wanted) / wanted.std() for name, side in sides.items()
    }
    table = {
        name: {
            "version": side.engine.version,
            **side.figures(),
            "ratio_vs_eager": _ratio(eager, side, "median_ms"),
            "ratio_encoder_only": _ratio(eager, side, "encoder_ms"),
            "mean_diff": float(differences[name].mean()),
            "max_diff": float(differences[name].max()),
            "start_s": round(side.start_s, 1),
            "peak_rss_mb": round(peak_rss_mb(source, name)),
        }
        for name, side in sides.items()
    }
    return {
        **table[engine],
        "engine": engine,
        "ratio_vs_eager_plain_patches": _ratio(plainest, sides[engine], "median_ms"),
        "eager_median_ms": eager.figures()["median_ms"],
        "eager_encoder_ms": eager.figures()["encoder_ms"],
        "plain_median_ms": plainest.figures()["median_ms"],
        "plain_patches_ms": plainest.figures()["patches_ms"],
        "mflop": round(flop / 1e6),
        "roof_gflops": round(roof_flops / 1e9),
        "roof_ms": round(roof_ms, 2),
        "roof_ratio": round(
            eager.figures()["median_ms"] / (sides[engine].figures()["patches_ms"] + roof_ms), 2
        ),
        "model": config.name,
        "weights": source if Path(source).is_dir() else "random",
        "points": config.points,
        "threads": torch.get_num_threads(),
        "frames": frames,
        "load_before": round(load, 2),
        "engines": table,
    }


def _side(
    patches: Callable[[Cloud], tuple[Array, Array]], name: str, weights: EncoderWeights
) -> Side:
    start = time.perf_counter()
    engine = make_engine(name, weights)
    return Side(patches, engine, time.perf_counter() - start)


def _tokens(side: Side, clouds: list[Cloud]) -> Array:
    """[clouds, G, width]."""
    return np.stack([side.tokens(cloud, counted=False) for cloud in clouds])


def _in_turns(sides: list[Side], clouds: list[Cloud], frames: int) -> None:
    for start in range(0, frames, BLOCK):
        for side in sides:
            for frame in range(start - _UNCOUNTED, min(start + BLOCK, frames)):
                side.tokens(clouds[frame % len(clouds)], counted=frame >= start)


def _ratio(slow: Side, fast: Side, key: str) -> float:
    return round(slow.figures()[key] / fast.figures()[key], 2)


def _cloud(seed: int, config: EncoderConfig) -> Cloud:
    """A fused cloud of exactly ``config.points`` points."""
    fused = CloudFuser(FusionConfig()).fuse(views(seed))
    chosen = np.linspace(0, len(fused) - 1, config.points).round().astype(np.int64)
    xyz = np.ascontiguousarray(fused.xyz[chosen], dtype=np.float32)
    return xyz, np.ascontiguousarray(fused.rgb[chosen])


def _shipped() -> str:
    """The folder of the shipped weights; the configuration's name where there is none."""
    folder = installed("models", MODEL)
    return str(folder) if folder.is_dir() else MODEL


@contextmanager
def _two_cores() -> Iterator[None]:
    """PyTorch's threads, and the cores of all threads from now on, as many as the engines'."""
    cores, threads = os.sched_getaffinity(0), torch.get_num_threads()
    os.sched_setaffinity(0, sorted(cores)[:THREADS])
    torch.set_num_threads(THREADS)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        torch.set_num_threads(threads)


def _table(result: dict[str, Any]) -> Table:
    table = Table(
        title=f"{result['points']} points to tokens of {result['model']}, "
        f"weights: {result['weights']}, {result['threads']} threads"
    )
    table.add_column("engine", no_wrap=True)
    for title in ("ms", "min", "encoder", "x eager", "differs", "at most", "start s", "MB"):
        table.add_column(title, justify="right")
    keys = ("median_ms", "min_ms", "encoder_ms", "ratio_vs_eager")
    for name, row in result["engines"].items():
        table.add_row(
            name,
            *(f"{row[key]}" for key in keys),
            f"{row['mean_diff']:.1e}",
            f"{row['max_diff']:.1e}",
            f"{row['start_s']}",
            f"{row['peak_rss_mb']}",
        )
    caption = (
        f"{result['engine']}: {result['ratio_vs_eager']} times faster than eager PyTorch "
        f"({result['eager_median_ms']} ms) with the same patches; "
        f"{result['ratio_vs_eager_plain_patches']} times faster than with patches in PyTorch too "
        f"({result['plain_median_ms']} ms). At the {result['roof_gflops']} GFLOP/s of these cores "
        f"its matrix products alone take {result['roof_ms']} ms: no engine in single precision is "
        f"more than {result['roof_ratio']} times faster than eager"
    )
    if result["load_before"] > IDLE_LOAD:
        caption += f". LOAD WAS {result['load_before']}: repeat it on an idle machine"
    table.caption = caption
    return table
