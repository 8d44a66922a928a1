"""The fusion benchmark: the figures that it promises, and the clouds' agreement with Open3D."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

pytest.importorskip("open3d", exc_type=ImportError)

from clap_cli.commands import bench_fusion
from clap_core.fusion import CloudFuser


def test_one_setting_is_timed_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuser whose time is held against Open3D's makes the clouds that are compared."""
    timed: list[Any] = []
    compared: list[CloudFuser] = []
    monkeypatch.setattr(bench_fusion, "_milliseconds", lambda work: timed.append(work) or 1.0)
    monkeypatch.setattr(bench_fusion, "_difference", lambda fuser, *_: compared.append(fuser) or 0)
    bench_fusion.measure(1)
    (fuser,) = set(compared)
    assert timed[0].func.__self__ is fuser


def test_the_last_line_is_json_and_the_clouds_agree(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    bench_fusion.add_arguments(parser)
    assert bench_fusion.run(parser.parse_args(["--frames", "2"])) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    wanted = {
        "node_median_ms",
        "median_ms",
        "p95_ms",
        "ratio_vs_open3d",
        "open3d_median_ms",
        "max_difference_m",
    }
    assert wanted <= result.keys()
    assert result["points"] > 10_000
    assert result["max_difference_m"] < result["voxel_m"]
