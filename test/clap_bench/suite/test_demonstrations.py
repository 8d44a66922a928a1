"""Demonstrations: what is in them, that they repeat to the byte, that making them goes on."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from clap_bench.gembench import suite
from clap_bench.production import FileStatus
from clap_bench.suite import production
from clap_bench.suite.cameras import CAMERAS
from clap_bench.suite.demonstrations import (
    ATTEMPT_STEP,
    ATTEMPTS,
    ExpertEpisode,
    ExpertFailedError,
    demonstrate,
    demonstration_seed,
    wording,
)
from clap_bench.suite.production import EpisodeOrder, carry_out, orders, produce
from clap_bench.suite.seeds import TRAIN_START
from clap_core.camera.tabletop import views
from clap_core.errors import ClapError
from clap_core.geometry import tool_down
from clap_core.task_types import Action
from clap_data.episodes import EpisodeFile, Header, Look, write_episode

VARIATION = "push_button+3"
NUMBER = 100
SEED = demonstration_seed(VARIATION, NUMBER)


@pytest.fixture(scope="module")
def shown() -> ExpertEpisode:
    return demonstrate(suite.task(VARIATION), SEED, "gembench", VARIATION, "train")


def test_a_demonstration_holds_what_a_policy_learns_from(shown: ExpertEpisode) -> None:
    header, looks = shown.header, shown.looks
    assert header.instruction in suite.task(VARIATION).instructions
    assert header.success
    assert [look.action is None for look in looks] == [False] * (len(looks) - 1) + [True]
    for look in looks:
        assert [view.name for view in look.views] == [mount.name for mount in CAMERAS]
        assert all(view.rgb.std() > 5.0 and view.depth.any() for view in look.views)
    # The button is in sight of the fixed cameras at its keypoint, and the hand ends there.
    (press,) = header.subtasks
    assert press.action is Action.PRESS
    assert press.key_poses == (0, len(looks) - 1)
    assert press.keypoint_m is not None
    assert np.linalg.norm(looks[-1].base_T_tcp[:3, 3] - press.keypoint_m) < 0.02
    wrist = [look.views[-1].base_T_camera for look in looks]
    assert np.abs(wrist[0] - wrist[1]).max() > 0.05
    assert np.array_equal(looks[0].views[0].base_T_camera, looks[1].views[0].base_T_camera)


def test_how_the_hand_draws_back_after_success_is_shown() -> None:
    name = "put_money_in_safe+0"
    shown = demonstrate(suite.task(name), demonstration_seed(name, 0), "gembench", name, "train")
    looks, (grasp, put, release) = shown.looks, shown.header.subtasks
    # Success comes with the opening hand; the last look is from where it has drawn back to.
    assert [looks[k].action.text for k in range(*release.key_poses)] == [  # type: ignore[union-attr]
        "let go of the money",
        "draw back",
    ]
    assert np.linalg.norm(looks[-1].base_T_tcp[:3, 3] - looks[-2].base_T_tcp[:3, 3]) > 0.1
    # What the hand holds is let go of where the hand is; it was put where its foot stands.
    before = looks[release.key_poses[0]].base_T_tcp[:3, 3]
    assert release.keypoint_m == pytest.approx(before, abs=0.001)
    assert grasp.keypoint_m is not None and put.keypoint_m is not None
    assert grasp.keypoint_m[2] == pytest.approx(0.0, abs=0.002)
    assert np.linalg.norm(before - put.keypoint_m) < 0.08


def test_the_same_seed_gives_the_same_file(shown: ExpertEpisode, tmp_path: Path) -> None:
    again = demonstrate(suite.task(VARIATION), SEED, "gembench", VARIATION, "train")
    other = demonstrate(suite.task(VARIATION), SEED + 1, "gembench", VARIATION, "train")
    for name, one in (("first", shown), ("again", again), ("other", other)):
        write_episode(tmp_path / name, one.header, one.looks)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "first").read_bytes() != (tmp_path / "other").read_bytes()


def test_processes_make_what_is_made_here(shown: ExpertEpisode, tmp_path: Path) -> None:
    work = orders("gembench", "train", [VARIATION], 2, NUMBER, tmp_path / "out")
    outcomes = list(produce(work, jobs=2))
    assert [outcome.status for outcome in outcomes] == [FileStatus.MADE, FileStatus.MADE]
    write_episode(tmp_path / "here", shown.header, shown.looks)
    assert work[0].path.read_bytes() == (tmp_path / "here").read_bytes()
    assert {path.name for path in (tmp_path / "out" / VARIATION).iterdir()} == {
        "000100.episode",
        "000101.episode",
    }


def test_the_seed_draws_among_all_wordings() -> None:
    task = suite.task(VARIATION)
    assert {wording(task, seed) for seed in range(60)} == set(task.instructions)
    assert wording(task, 3) == wording(task, 3)


def test_no_two_attempts_share_a_seed() -> None:
    seeds = [
        demonstration_seed(variation, number, attempt)
        for variation in suite.variations("train")
        for number in range(20)
        for attempt in range(ATTEMPTS)
    ]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= TRAIN_START


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Replaces playing by a made-up episode; tells the seeds. Seeds in `hard` fail."""
    seeds: list[int] = []
    view = views(0, 32, 24)[0]
    look = Look((view,), np.zeros(7), tool_down((0.4, 0.0, 0.3)), 0.08, 0, None)

    def demonstrate(_task: object, seed: int, source: str, variation: str, split: str) -> object:
        seeds.append(seed)
        if seed in hard:
            raise ExpertFailedError("slipped")
        header = Header(source=source, variation=variation, split=split, seed=seed, instruction="x")
        return ExpertEpisode(header, (look,))

    monkeypatch.setattr(production, "demonstrate", demonstrate)
    hard.clear()
    yield seeds
    hard.clear()


hard: set[int] = set()


def order(folder: Path, number: int = 3) -> EpisodeOrder:
    return EpisodeOrder("gembench", "train", VARIATION, number, folder)


def test_a_failed_expert_is_asked_again_at_the_next_seed(played: list[int], tmp_path: Path) -> None:
    first = demonstration_seed(VARIATION, 3)
    hard.update({first, first + ATTEMPT_STEP})
    outcome = carry_out(order(tmp_path))
    assert outcome.status is FileStatus.MADE
    assert played == [first, first + ATTEMPT_STEP, first + 2 * ATTEMPT_STEP]
    assert outcome.failures == (
        f"seed {first}: slipped",
        f"seed {first + ATTEMPT_STEP}: slipped",
    )
    with EpisodeFile(order(tmp_path).path) as episode:
        assert episode.record.seed == played[-1]
    # Taken up again, it is known for what it is.
    assert carry_out(order(tmp_path)).status is FileStatus.KEPT
    assert len(played) == 3


def test_an_expert_that_always_fails_leaves_no_file(played: list[int], tmp_path: Path) -> None:
    hard.update(demonstration_seed(VARIATION, 3, attempt) for attempt in range(ATTEMPTS))
    outcome = carry_out(order(tmp_path))
    assert outcome.status is FileStatus.FAILED
    assert len(outcome.failures) == len(played) == ATTEMPTS
    assert not list(tmp_path.rglob("*.episode"))


def test_whole_files_are_kept_and_damaged_ones_made_again(
    played: list[int], tmp_path: Path
) -> None:
    paths = [order(tmp_path, number).path for number in (3, 4)]
    for number in (3, 4):
        carry_out(order(tmp_path, number))
    contents = [path.read_bytes() for path in paths]
    paths[1].write_bytes(contents[1][:-40])
    kept = paths[0].stat().st_mtime_ns
    del played[:]
    statuses = [carry_out(order(tmp_path, number)).status for number in (3, 4, 5)]
    assert statuses == [FileStatus.KEPT, FileStatus.REMADE, FileStatus.MADE]
    assert played == [demonstration_seed(VARIATION, number) for number in (4, 5)]
    assert paths[0].stat().st_mtime_ns == kept
    assert [path.read_bytes() for path in paths] == contents


def test_another_episode_is_not_overwritten(played: list[int], tmp_path: Path) -> None:
    carry_out(order(tmp_path, 4))
    path = order(tmp_path, 3).path
    order(tmp_path, 4).path.rename(path)
    with pytest.raises(ClapError, match="holds another episode"):
        carry_out(order(tmp_path, 3))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("episode.json", '{"format": "clap-episode", "version": 9}')
    before = path.read_bytes()
    with pytest.raises(ClapError, match="has version 9"):
        list(produce([order(tmp_path, 3)], jobs=1))
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClapError, match="file/out cannot be made"):
        list(produce([order(tmp_path / "file" / "out")], jobs=1))


@pytest.mark.parametrize(
    ("suite_name", "split", "variations", "episodes", "seed", "part"),
    [
        ("rlbench", "train", [], 1, 0, "no suite 'rlbench'"),
        ("gembench", "L9", [], 1, 0, "no level 'L9'"),
        ("gembench", "train", ["push_button+99"], 1, 0, r"push_button\+99"),
        ("gembench", "train", ["push_button+13"], 1, 0, "belongs to level L2"),
        ("gembench", "train", [], 0, 0, "0 episodes"),
        ("gembench", "train", [], 1, -1, "seed -1"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_runs(
    suite_name: str, split: str, variations: list[str], episodes: int, seed: int, part: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    with pytest.raises(ClapError, match=part):
        orders(suite_name, split, variations, episodes, seed, tmp_path / "out")
