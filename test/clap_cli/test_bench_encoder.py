"""The encoder's benchmark: the figures that it promises, and that both sides agree."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest
import torch

pytest.importorskip("onnxruntime")

from clap_cli.commands import bench_encoder
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference import ENGINES
from clap_learning.clar.weights import save_encoder


def test_the_last_line_is_json_and_the_engines_agree(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = EncoderConfig(name="test", points=2048, patches=8, width=48, depth=1, heads=3)
    save_encoder(tmp_path, ClarEncoder(config), {})
    cores, threads = os.sched_getaffinity(0), torch.get_num_threads()
    parser = argparse.ArgumentParser()
    bench_encoder.add_arguments(parser)
    arguments = ["--frames", "2", "--weights", str(tmp_path)]
    assert bench_encoder.run(parser.parse_args(arguments)) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    wanted = {"median_ms", "min_ms", "patches_ms", "encoder_ms", "ratio_vs_eager"}
    wanted |= {"ratio_vs_eager_plain_patches", "ratio_encoder_only", "peak_rss_mb", "load_before"}
    wanted |= {"mflop", "roof_gflops", "roof_ms", "roof_ratio"}
    assert wanted <= result.keys()
    assert result["engine"] == "onnxruntime" and result["points"] == 2048
    assert result["weights"] == str(tmp_path)
    assert result["engines"].keys() == ENGINES.keys()
    assert result["max_diff"] < 1e-3
    assert 0.0 < result["engines"]["onnxruntime-int8"]["mean_diff"] < 0.05
    assert result["peak_rss_mb"] > 50
    assert (os.sched_getaffinity(0), torch.get_num_threads()) == (cores, threads)
