"""The command prints the whole ladder, and names what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from clap_cli.__main__ import main
from clap_cli.commands import bench_clar_probe
from clap_learning.clar.config import ENCODERS, EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.weights import save_encoder
from clap_learning.probes import collection, sources
from clap_learning.probes.clouds import LABELLED_POINTS, POINTS, ProbeClouds
from clap_learning.probes.division import Division
from clap_learning.probes.fit import FitConfig
from clap_learning.probes.targets import TARGETS

TINY = EncoderConfig(
    name="tiny", points=256, patches=8, patch_points=16, width=16, depth=1, heads=1
)
DIVISION = Division(frozenset({0, 1}), frozenset({4}), frozenset({8, 9}), frozenset({0}))


def _clouds(scenes: list[int]) -> ProbeClouds:
    rng = np.random.default_rng(0)
    count = len(scenes)
    return ProbeClouds(
        rng.uniform(0.0, 0.3, (count, POINTS, 3)).astype(np.float32),
        rng.integers(0, 255, (count, POINTS, 3), dtype=np.uint8),
        rng.integers(0, 3, (count, LABELLED_POINTS), dtype=np.uint8),
        np.full((count, TARGETS), 3, dtype=np.int64),
        rng.uniform(0.0, 0.3, (count, TARGETS, 3)).astype(np.float32),
        np.array(scenes),
    )


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command on clouds of nothing, in this process, with two models of the ladder there."""
    torch.set_num_threads(1)
    monkeypatch.setitem(ENCODERS, "tiny", TINY)
    clouds = {collection.OWN: _clouds([0, 1, 4, 8, 9])}
    for family in collection.FAMILIES:
        clouds[collection.rig_set(family, 0.0)] = _clouds([0, 1, 4, 8, 9])
        for rotation in (15.0, 30.0, 45.0):
            clouds[collection.rig_set(family, rotation)] = _clouds([8, 9])
    kept = tmp_path / "clouds.npz"
    collection.save(kept, clouds)
    monkeypatch.setattr(bench_clar_probe, "_provide_scenes", lambda *_: None)
    monkeypatch.setattr(bench_clar_probe, "_provide_clouds", lambda *_: kept)
    monkeypatch.setattr(collection, "records", lambda _: [])
    monkeypatch.setattr(bench_clar_probe, "divide", lambda _: DIVISION)
    monkeypatch.setattr(
        bench_clar_probe, "FitConfig", lambda: FitConfig(steps=2, trained_steps=2, checks=1)
    )
    monkeypatch.setattr(
        bench_clar_probe,
        "in_processes",
        lambda work, orders, jobs: (result for result in map(work, orders)),
    )
    for seed in (0, 1, 2):
        for arm in ("mae", "full"):
            save_encoder(tmp_path / "runs" / f"{arm}-{seed}", ClarEncoder(TINY), {})
    words = "bench clar-probe --encoder tiny --shipped nowhere"
    return [*words.split(), "--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out.json")]


def test_the_ladder_the_viewpoints_and_what_is_missing(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 0
    out = capsys.readouterr().out
    figures = json.loads(out.splitlines()[-1])
    assert json.loads((tmp_path / "out.json").read_text()) == figures
    rows = {row["model"]: row for row in figures["ladder"]}
    assert list(rows) == ["chance", "dp3-mlp", "random", "scratch", "mae", "full"]
    assert rows["full"]["seeds"] == [0, 1, 2]
    for name in ("miou", "keypoint_cm", "keypoint_median_cm", "miou_few", "keypoint_cm_few"):
        figure = rows["full"][name]
        assert figure["mean"] == pytest.approx(np.mean(figure["values"]), abs=2e-4)
        assert figure["std"] == pytest.approx(np.std(figure["values"], ddof=1), abs=2e-4)
    assert not rows["scratch"]["frozen"]
    assert rows["full"]["frozen"]
    assert [row["cameras"] for row in figures["viewpoint"]] == ["three", "one"]
    turned = figures["viewpoint"][0]["rotations"]
    assert list(turned) == ["0", "15", "30", "45"]
    assert turned["0"]["miou_drop"]["values"] == [0.0, 0.0, 0.0]
    assert figures["missing"] == [
        f"{arm}-{seed}" for arm in ("mae-global", "full-single-view") for seed in (0, 1, 2)
    ]
    assert "train clar-ladder" in figures["make_missing"]
    assert figures["holds"]["full_beats_mae"]["miou"]["holds"] in (True, False)
    assert "mae-global-0" in out


def test_some_rows_and_other_weights_with_more_seeds(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_encoder(tmp_path / "mine", ClarEncoder(TINY), {})
    mine = str(tmp_path / "mine")
    words = ["--only", "random", "shipped", "--seeds", "4", "--shipped", mine, "--also", mine]
    assert main([*command, *words, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    rows = {row["model"]: row for row in figures["ladder"]}
    assert list(rows) == ["random", "shipped", "mine"]
    assert all(row["seeds"] == [0, 1, 2, 3] for row in rows.values())
    assert rows["mine"]["miou"] == rows["shipped"]["miou"]
    assert figures["missing"] == []


def test_the_shipped_weights_with_another_engine(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    save_encoder(tmp_path / "mine", ClarEncoder(TINY), {})
    words = ["--only", "shipped", "--seeds", "1", "--shipped", str(tmp_path / "mine")]
    engines = ["torch", "onnxruntime-int8"]
    with pytest.MonkeyPatch.context() as patch:
        asked = []
        make = sources.make_engine
        patch.setattr(sources, "make_engine", lambda name, of: asked.append(name) or make(name, of))
        assert main([*command, *words, "--engines", *engines, "--json"]) == 0
    assert asked == ["torch", "torch", "torch", "onnxruntime-int8"]
    rows = {
        row["model"]: row for row in json.loads(capsys.readouterr().out.splitlines()[-1])["ladder"]
    }
    assert rows.keys() == {"shipped", "shipped torch", "shipped onnxruntime-int8"}
    assert rows["shipped torch"]["miou"] == rows["shipped"]["miou"]


@pytest.mark.parametrize("words", [["--seeds", "0"], ["--also", "nowhere"]])
def test_what_cannot_be_measured_is_refused(
    command: list[str], capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main([*command, *words]) == 2
    assert words[1] in capsys.readouterr().err


def test_damaged_weights_are_named(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs" / "full-1" / "model.safetensors").write_bytes(b"nothing")
    assert main([*command, "--json"]) == 2
    assert "model.safetensors" in capsys.readouterr().err
