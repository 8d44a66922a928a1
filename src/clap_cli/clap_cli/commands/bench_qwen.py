"""``clap bench qwen``: memory and latency of a vision-language model, with random weights."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

import torch
from rich.console import Console
from rich.table import Table

from clap_core.errors import ClapError, ErrorCode
from clap_learning.vlm.bench import measure
from clap_learning.vlm.sizes import SIZES

HELP = """Make a model of Qwen2.5-VL's class with random weights and measure what it costs: memory,
time to the first token, and time of an answer. No weights are fetched, and nothing is said about
what trained ones find. A look costs two answers. The 3b model needs a GPU, or 16 GB and time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add = parser.add_argument
    add("--size", choices=list(SIZES), default="3b", help="of the model (%(default)s)")
    add("--device", help="cpu or cuda (default: cuda where there is one)")
    add("--pictures", type=int, default=4, help="views of one look (%(default)s)")
    add("--edge", type=int, default=256, help="of a view, pixels (%(default)s)")
    add("--words", type=int, default=400, help="tokens of text in the question (%(default)s)")
    add("--tokens", type=int, default=64, help="of an answer (%(default)s)")
    add("--runs", type=int, default=5, help="that medians are of (%(default)s)")
    add("--json", action="store_true", help="print only the JSON line")


def run(args: argparse.Namespace) -> int:
    """Measure and print; the last line of output is JSON."""
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if torch.device(device).type == "cuda" and not torch.cuda.is_available():
        raise ClapError(
            ErrorCode.INVALID_REQUEST, "there is no GPU that PyTorch can use", "Give --device cpu"
        )
    counts = (args.pictures, args.edge, args.words, args.tokens, args.runs)
    if min(counts) < 1:
        raise ClapError(ErrorCode.INVALID_REQUEST, "a count is below 1", "Give numbers from 1 on")
    cost = asdict(measure(args.size, device, *counts))
    if not args.json:
        table = Table(title=f"Qwen2.5-VL's class, {args.size}, random weights", show_header=False)
        for name, value in cost.items():
            table.add_row(name, str(value))
        Console().print(table)
    print(json.dumps(cost))
    return 0
