"""The fusion benchmark: the figures that it promises, and the clouds' agreement with Open3D."""

from __future__ import annotations

import argparse
import json

import pytest

pytest.importorskip("open3d", exc_type=ImportError)

from clap_cli.commands import bench_fusion


def test_the_last_line_is_json_and_the_clouds_agree(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    bench_fusion.add_arguments(parser)
    assert bench_fusion.run(parser.parse_args(["--frames", "2"])) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    wanted = {"median_ms", "p95_ms", "ratio_vs_open3d", "open3d_median_ms", "max_difference_m"}
    assert wanted <= result.keys()
    assert result["points"] > 10_000
    assert result["max_difference_m"] < result["voxel_m"]
