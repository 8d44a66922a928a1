"""Episode files: what is read is what was written, and what is broken says so."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clap_core.camera.tabletop import views
from clap_core.errors import ClapError
from clap_core.geometry import tool_down
from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, Relation, SubTask
from clap_data.archives import DamagedFileError
from clap_data.episodes import (
    EpisodeFile,
    EpisodeFolder,
    Header,
    Look,
    SubTaskRecord,
    write_episode,
)
from clap_data.whole_files import remove_abandoned

SUBTASK = SubTask(Action.MOVE, "put the mug on the plate", "mug", "", Relation.ON, "plate")


def looks(count: int = 3) -> list[Look]:
    """As many looks, each with other noise in its images."""
    found = []
    for number in range(count):
        action = KeyAction(
            tool_down((0.4 + 0.1 / 3.0 * number, 0.1, 0.2), 0.3),
            Motion.LINEAR if number else Motion.JOINT,
            GripperCommand.GRASP if number else GripperCommand.OPEN,
            width_m=0.01,
            force_n=20.0,
            speed_scale=0.5,
            text=f"move {number}",
        )
        found.append(
            Look(
                tuple(views(number, 48, 32)),
                np.linspace(-1.0, 1.0, 7) / 3.0 + number,
                tool_down((0.3, 0.0, 0.5 - 0.1 * number)),
                0.08 / (number + 1),
                10**9 * number,
                action if number + 1 < count else None,
            )
        )
    return found


def header(key_poses: int = 2, variation: str = "mug+0", split: str = "train") -> Header:
    point = np.array([0.5, -0.1, 1.0 / 3.0])
    return Header(
        source="test",
        variation=variation,
        split=split,
        seed=7,
        instruction="put the mug on the plate",
        wordings=("put the mug on the plate", "mug onto plate, please"),
        success=True,
        subtasks=(SubTaskRecord.of(SUBTASK, point, (0, key_poses)),),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mug+0" / "000007.episode"
    write_episode(path, header(), looks())
    return path


def same(first: Look, second: Look) -> bool:
    """Whether two looks are equal to the last bit."""
    if (first.action is None) != (second.action is None):
        return False
    if first.action is not None and second.action is not None:
        words = [replace(action, base_T_tcp=0) for action in (first.action, second.action)]
        if words[0] != words[1]:
            return False
        if not np.array_equal(first.action.base_T_tcp, second.action.base_T_tcp):
            return False
    return (
        np.array_equal(first.joints_rad, second.joints_rad)
        and np.array_equal(first.base_T_tcp, second.base_T_tcp)
        and (first.gripper_width_m, first.stamp_ns) == (second.gripper_width_m, second.stamp_ns)
        and len(first.views) == len(second.views)
        and all(
            a.name == b.name
            and a.intrinsics == b.intrinsics
            and np.array_equal(a.rgb, b.rgb)
            and np.array_equal(a.depth, b.depth)
            and np.array_equal(a.base_T_camera, b.base_T_camera)
            for a, b in zip(first.views, second.views, strict=True)
        )
    )


def test_what_is_read_is_what_was_written(file: Path) -> None:
    with EpisodeFile(file) as episode:
        assert all(same(*pair) for pair in zip(looks(), episode.looks(), strict=True))
        record = episode.record
        assert record.subtasks[0].subtask == SUBTASK
        assert record.subtasks[0].keypoint_m == (0.5, -0.1, 1.0 / 3.0)
        assert record.subtask_at(1) == record.subtasks[0]
        assert (record.key_poses, record.seed, record.success) == (2, 7, True)
        assert [action.text for action in record.actions] == ["move 0", "move 1"]
        assert len(episode) == 3


def test_chosen_cameras_come_in_the_order_asked_for(file: Path) -> None:
    with EpisodeFile(file) as episode:
        look = episode.look(-1, cameras=["right", "front"])
        assert [view.name for view in look.views] == ["right", "front"]
        assert np.array_equal(look.views[1].rgb, looks()[2].views[0].rgb)
        with pytest.raises(ClapError, match="no camera 'wrist'"):
            episode.look(0, cameras=["wrist"])


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_episode(tmp_path / name, header(), looks())
    write_episode(tmp_path / "c", header(variation="mug+1"), looks())
    digests = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in "abc"}
    assert digests["a"] == digests["b"] != digests["c"]
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_depth_in_metres_is_stored_in_millimetres(tmp_path: Path) -> None:
    (look,) = looks(1)
    view = look.views[0]
    metres = view.depth.astype(np.float32) / 1000.0
    metres[0, :3] = (np.nan, 70.0, -1.0)
    expected = view.depth.copy()
    expected[0, :3] = 0
    odd = replace(look, views=(replace(view, depth=metres),))
    write_episode(tmp_path / "x.episode", header(0).model_copy(update={"subtasks": ()}), [odd])
    with EpisodeFile(tmp_path / "x.episode") as episode:
        assert np.array_equal(episode.look(0).views[0].depth, expected)


@pytest.mark.parametrize("kept", [0, 1, 30, 0.5, 0.9, -22, -1])
def test_a_file_that_was_cut_short_is_named(file: Path, kept: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else int(kept)])
    with pytest.raises(DamagedFileError) as caught:
        EpisodeFile(file)
    assert str(file) in caught.value.reason
    assert "make it again" in caught.value.cure


def test_a_flipped_byte_never_passes_for_data(file: Path) -> None:
    data = file.read_bytes()
    found = 0
    for position in np.linspace(0, len(data) - 1, 300, dtype=int):
        broken = bytearray(data)
        broken[position] ^= 0x10
        file.write_bytes(broken)
        try:
            with EpisodeFile(file) as episode:
                episode.check()
                # What is left are bytes that say nothing, such as times.
                assert all(same(*pair) for pair in zip(looks(), episode.looks(), strict=True))
        except ClapError as error:
            assert str(file) in error.reason
            found += 1
    assert found > 280


def test_a_damaged_image_leaves_the_others_readable(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        entry = archive.getinfo("looks/001/front.color.png")
    data = bytearray(file.read_bytes())
    data[entry.header_offset + 200] ^= 0xFF
    file.write_bytes(data)
    with EpisodeFile(file) as episode:
        assert same(looks()[0], episode.look(0))
        with pytest.raises(DamagedFileError, match=r"000007\.episode"):
            episode.look(1)
        with pytest.raises(DamagedFileError):
            episode.check()


def rewrite(file: Path, change: Callable[[dict], object]) -> None:
    """Change the record of a file, and write it with correct checksums."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(entries["episode.json"])
    change(content)
    entries["episode.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda record: record.update(version=2), "has version 2"),
        (lambda record: record.update(format="other"), "does not say 'clap-episode'"),
        (lambda record: record["looks"][1].update(key_pose=None), "a key pose follows"),
        (lambda record: record["looks"][0]["base_T_tcp"][0].__setitem__(0, 3.0), "rigid"),
        (lambda record: record["looks"][0]["views"].pop("left"), "views of"),
        (lambda record: record["subtasks"][0].update(key_poses=[0, 1]), "cover 1 of 2"),
        (lambda record: record.update(unknown=1), "unknown"),
    ],
)
def test_a_record_that_is_not_valid_is_refused(
    file: Path, change: Callable[[dict], object], part: str
) -> None:
    rewrite(file, change)
    with pytest.raises(ClapError) as caught:
        EpisodeFile(file)
    assert part in caught.value.reason
    assert str(file) in caught.value.reason
    assert not isinstance(caught.value, DamagedFileError)


def test_a_newer_file_says_what_to_do(file: Path) -> None:
    rewrite(file, lambda record: record.update(version=2, looks="in another way"))
    with pytest.raises(ClapError, match="Update this software"):
        EpisodeFile(file)


def test_what_is_no_episode_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    (tmp_path / "text.episode").write_text("hello")
    for name, part in (
        ("foreign.zip", "is not an episode"),
        ("text.episode", "is damaged or cut short"),
        ("absent.episode", "No such file"),
    ):
        with pytest.raises(ClapError) as caught:
            EpisodeFile(tmp_path / name)
        assert part in caught.value.reason
        assert name in caught.value.reason
        assert caught.value.cure


@pytest.mark.parametrize("where", ["images", "end", "rename"])
def test_a_full_disk_leaves_nothing_half_written(
    file: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = file.read_bytes()
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    calls = 0

    def fail(*_: object, **__: object) -> None:
        raise full

    write = zipfile.ZipFile.writestr

    def fail_later(self: zipfile.ZipFile, *args: object) -> None:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise full
        write(self, *args)  # type: ignore[arg-type]

    if where == "images":
        monkeypatch.setattr(zipfile.ZipFile, "writestr", fail_later)
    elif where == "end":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    for path in (file, file.with_name("new.episode")):
        with pytest.raises(ClapError) as caught:
            write_episode(path, header(), looks())
        assert "No space left on device" in caught.value.reason
        assert str(path) in caught.value.reason
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == before


def test_parts_that_do_not_fit_together_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "x.episode"
    first, *rest = looks()
    with pytest.raises(ClapError, match="other cameras"):
        write_episode(path, header(), [first, replace(rest[0], views=rest[0].views[:2]), rest[1]])
    with pytest.raises(ClapError, match="cover 1 of 2"):
        write_episode(path, header(1), looks())
    assert not list(tmp_path.iterdir())


def test_a_folder_gives_the_wanted_episodes_one_open_at_a_time(tmp_path: Path) -> None:
    for variation, split in (("cup+1", "train"), ("mug+0", "train"), ("mug+0", "test")):
        path = tmp_path / variation / f"{split}.episode"
        write_episode(path, header(variation=variation, split=split), looks())
    (tmp_path / "mug+0" / "notes.txt").write_text("not an episode")
    (tmp_path / "mug+0" / ".half.episode.1.partial").write_text("not an episode")
    folder = EpisodeFolder(tmp_path)
    assert [path.name for path in folder.paths] == [
        "train.episode",
        "test.episode",
        "train.episode",
    ]
    opened = list(folder)
    assert [episode.record.variation for episode in opened] == ["cup+1", "mug+0", "mug+0"]
    assert all(episode._archive.fp is None for episode in opened)
    chosen = EpisodeFolder(tmp_path, variations=["mug+0"], split="test")
    assert [record.split for record in chosen.records()] == ["test"]


def test_a_damaged_file_in_a_folder_is_not_passed_over(file: Path) -> None:
    other = file.with_name("000008.episode")
    other.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(ClapError, match=r"000008\.episode"):
        list(EpisodeFolder(file.parent))


def test_a_folder_without_episodes_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(ClapError, match=r"no \*\.episode"):
        EpisodeFolder(tmp_path)
    with pytest.raises(ClapError, match="no folder"):
        EpisodeFolder(tmp_path / "absent")


def test_what_a_killed_writer_left_is_removed_and_no_more(tmp_path: Path) -> None:
    nobody = 2**22 + 1  # beyond the largest process id
    abandoned = tmp_path / "a" / f".1.episode.{nobody}.partial"
    alive = tmp_path / "a" / f".2.episode.{os.getpid()}.partial"
    for path in (abandoned, alive):
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    assert remove_abandoned(tmp_path) == 1
    assert not abandoned.exists()
    assert alive.exists()
