"""``python -m clap_learning.clar.inference.footprint``: the memory that one engine needs.

In a process of its own: a peak counts everything that the process ever did.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np

from clap_learning.clar.architecture import POINT_CHANNELS
from clap_learning.clar.config import encoder_config
from clap_learning.clar.inference.registry import make_engine
from clap_learning.clar.stored_weights import EncoderWeights, read_weights

SEED = 0
"""Of the weights, where none are shipped."""

KIB_PER_MB = 1e6 / 1024
_TIMEOUT_S = 300.0
_CALLS = 5


def weights_at(source: str) -> EncoderWeights:
    """The encoder in a folder of weights; for a configuration's name, one with random weights."""
    if Path(source).is_dir():
        return read_weights(Path(source))
    import torch  # Not for a folder: not every engine needs it.

    from clap_learning.clar.encoder import ClarEncoder
    from clap_learning.clar.weights import weights_of

    torch.manual_seed(SEED)
    return weights_of(ClarEncoder(encoder_config(source)))


def peak_rss_mb(source: str, engine: str) -> float:
    """Peak resident memory in MB of a fresh process that loads the encoder and encodes.

    Args:
        source: see `weights_at`.
        engine: its name.
    """
    command = [sys.executable, "-m", __name__, source, engine]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Load, encode, print the peak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("engine")
    arguments = parser.parse_args()
    weights = weights_at(arguments.source)
    config = weights.config
    engine = make_engine(arguments.engine, weights)
    for _ in range(_CALLS):
        engine.encode(
            np.zeros((1, config.patches, 3), np.float32),
            np.zeros((1, config.patches, config.patch_points, POINT_CHANNELS), np.float32),
        )
    print(own_peak_rss_mb())


def own_peak_rss_mb() -> float:
    """Peak resident memory of this process so far, in MB."""
    # Not getrusage: across exec it keeps the peak of the process that started this one.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / KIB_PER_MB
    raise RuntimeError("/proc/self/status has no VmHWM")


if __name__ == "__main__":
    main()
