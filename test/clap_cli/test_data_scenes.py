"""``clap data scenes`` as a user types it, simulated and from a bag."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clap_cli.__main__ import main
from clap_core.camera import CameraIntrinsics, back_project
from clap_core.camera.tabletop import EYES, TARGET, look_at, render
from clap_core.errors import ClapError
from clap_core.fusion import CloudFuser, FusionConfig
from clap_data.bags.scene_log import SceneSampling
from clap_data.bags.to_scenes import SIZE_PX, convert, smaller_view
from clap_data.scenes import SceneShard, shard_paths

DEMO_BAG = Path(__file__).parents[1] / "data" / "demo_bag"


def test_scenes_are_made_kept_and_extended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "scenes", "--seed", "2", "--jobs", "1", "--out", str(tmp_path)]
    assert main([*command, "--scenes", "1"]) == 0
    assert "1 made" in capsys.readouterr().out
    path = tmp_path / "train-2-000000.scenes"
    first = path.read_bytes()
    assert main([*command, "--scenes", "1"]) == 0
    assert "1 kept" in capsys.readouterr().out
    assert path.read_bytes() == first
    assert main([*command, "--scenes", "2"]) == 0
    assert "2 remade" in capsys.readouterr().out
    with SceneShard(path) as shard:
        assert len(shard) == 2 and shard.record(0).split == "train"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--split", "L2", "--scenes", "1"], "there is no split 'L2'"),
        (["--scenes", "0"], "scenes is 0"),
        (["--scenes", "1", "--seed", "-1"], "seed is -1"),
        ([], "how many scenes"),
        (["--from-bag", "nowhere"], "there is no bag"),
        (["--from-bag", str(DEMO_BAG), "--cameras", "cellar"], "/camera/cellar/color"),
        (["--from-bag", str(DEMO_BAG), "--base-frame", "moon"], "no base frame (moon)"),
        (["--from-bag", str(DEMO_BAG), "--every", "0"], "above zero"),
    ],
)
def test_bad_input_is_named(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "scenes", "--out", str(tmp_path / "out"), *arguments]) != 0
    assert said in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.scenes"))


def test_a_bag_becomes_scenes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "scenes", "--from-bag", str(DEMO_BAG), "--out", str(tmp_path)]) == 0
    assert "scenes of" in capsys.readouterr().out
    (path,) = shard_paths(tmp_path)
    with SceneShard(path) as shard:
        scenes = [scene.unpack() for scene in shard]
    assert scenes
    fuser = CloudFuser(FusionConfig())
    for number, scene in enumerate(scenes):
        assert scene.record.source == "robot" and scene.record.number == number
        assert not scene.record.exact_depth and set(scene.labels) == {None}
        assert all(view.rgb.shape == (SIZE_PX, SIZE_PX, 3) for view in scene.views)
        # Each camera's own table is at z = 0: pose, crop and intrinsics belong together.
        for view in scene.views:
            heights = fuser.fuse_usable([view]).cloud.xyz[:, 2]
            if len(heights) > 500:
                assert abs(np.median(heights[np.abs(heights) < 0.05])) < 0.006


def test_a_limit_ends_it(tmp_path: Path) -> None:
    made = convert(DEMO_BAG, tmp_path, SceneSampling(every_s=0.2, limit=2))
    assert made.scenes == 2 and made.files == 1


def test_a_bag_without_scenes_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match="there is no bag"):
        convert(tmp_path / "no.mcap", tmp_path / "out", SceneSampling())


def test_smaller_images_keep_the_geometry() -> None:
    optics = CameraIntrinsics(640, 480, 600.0, 600.0, 322.0, 236.0)
    pose = look_at(EYES["front"], TARGET)
    depth_m, rgb = render(pose, optics)
    depth = np.rint(1000.0 * np.minimum(depth_m, 60.0)).astype(np.uint16)
    colour, smaller, camera = smaller_view(rgb, depth, optics)
    assert colour.shape == (SIZE_PX, SIZE_PX, 3) and smaller.shape == (SIZE_PX, SIZE_PX)
    rows, columns = np.nonzero((smaller > 0) & (smaller < 1500))
    points = back_project(
        np.stack([columns, rows], axis=1), smaller[rows, columns] / 1000.0, camera
    )
    z = (points @ pose[:3, :3].T + pose[:3, 3])[:, 2]
    table = np.abs(z) < 0.02
    assert table.mean() > 0.5 and np.abs(np.median(z[table])) < 0.001
    assert np.abs(z[table]).mean() < 0.002
