"""Demonstrations in steps, by a suite's own experts: to be interrupted and taken up again."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clap_bench.production import FileStatus, produce_files
from clap_bench.steps.episode import StepEpisode
from clap_bench.steps.finding import find_step_suite
from clap_bench.steps.world import Action, StepSuite
from clap_bench.suite.demonstrations import ATTEMPT_STEP, ATTEMPTS, demonstration_seed
from clap_bench.suite.episode import EpisodeOverError
from clap_bench.suite.scoring.suites import choose
from clap_core.errors import ClapError, ErrorCode
from clap_core.step_types import StepObservation
from clap_data.archives import DamagedFileError
from clap_data.steps import STEPS_SUFFIX, StepArrays, StepFile, StepsRecord, write_steps

_SHAKE_STREAM = int.from_bytes(b"shake", "big")


@dataclass(frozen=True)
class StepOrder:
    """One demonstration to make.

    Attributes:
        suite, variation: of what.
        number: the collection's seed plus the index in it; names the file.
        shake: standard deviation of what is added to the expert's actions.
        folder: the collection's.
    """

    suite: str
    variation: str
    number: int
    shake: float
    folder: Path

    @property
    def path(self) -> Path:
        """Of the file."""
        return self.folder / self.variation / f"{self.number:06d}{STEPS_SUFFIX}"


@dataclass(frozen=True)
class StepOutcome:
    """What became of it.

    Attributes:
        order: the order.
        status: what became of it.
        failures: why each attempt failed that did.
        seconds: of work.
    """

    order: StepOrder
    status: FileStatus
    failures: tuple[str, ...]
    seconds: float


def orders(
    suite: str, variations: Sequence[str], episodes: int, seed: int, shake: float, folder: Path
) -> list[StepOrder]:
    """A collection's orders, task by task in turns.

    Raises:
        ClapError: INVALID_REQUEST for what does not exist, numbers out of range, or a suite that
            is not set up.
    """
    found = find_step_suite(suite)
    chosen = choose(found, "" if variations else found.TRAIN, tuple(variations))
    if not 1 <= episodes <= ATTEMPT_STEP or not 0.0 <= shake <= 1.0:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{episodes} episodes a task, shaken by {shake:g}, cannot be made",
            f"Give 1 to {ATTEMPT_STEP} episodes, and 0 to 1",
        )
    found.check()
    for variation in chosen:
        demonstration_seed(variation, seed, ATTEMPTS)
    numbers = range(seed, seed + episodes)
    return [StepOrder(suite, one, number, shake, folder) for number in numbers for one in chosen]


def produce(work: Sequence[StepOrder], jobs: int) -> Generator[StepOutcome, None, None]:
    """Carry out orders in processes of their own; a file that is there and whole is kept.

    Raises:
        ClapError: of the first order that cannot be carried out.
    """
    yield from produce_files(work, jobs, _kept, carry_out)


def carry_out(order: StepOrder) -> StepOutcome:
    """Make one demonstration unless it is there.

    Raises:
        ClapError: INVALID_REQUEST if the file is another's, cannot be written, or the suite is not
            set up.
    """
    began = time.perf_counter()
    status = _look_at(order)
    failures: list[str] = []
    if status is not FileStatus.KEPT:
        suite = find_step_suite(order.suite)
        for attempt in range(ATTEMPTS):
            seed = demonstration_seed(order.variation, order.number, attempt)
            made = demonstrate(suite, order, seed)
            if made is not None:
                write_steps(order.path, *made)
                break
            failures.append(f"seed {seed}: not done in time")
        else:
            status = FileStatus.FAILED
    return StepOutcome(order, status, tuple(failures), time.perf_counter() - began)


def demonstrate(
    suite: StepSuite, order: StepOrder, seed: int
) -> tuple[StepsRecord, StepArrays] | None:
    """Let the expert play an episode, looking before each step; None if it did not do the task.

    With `shake` the hand is moved off the expert's way, and what is stored is how the expert goes
    on from there (M. Laskey et al., "DART", CoRL 2017).
    """
    world = suite.world(order.variation)
    rng = np.random.default_rng([seed, _SHAKE_STREAM])
    looks: list[StepObservation] = []
    actions: list[Action] = []
    try:
        episode = StepEpisode(world, seed)
        try:
            while True:
                looks.append(episode.view())
                actions.append(world.expert())
                noise = order.shake * rng.standard_normal(len(actions[-1]))
                noise[-1] = 0.0  # the fingers do not drop what they hold
                episode.step((actions[-1] + noise).astype(np.float32))
        except EpisodeOverError:
            pass
        if not episode.success:
            return None
        arrays = _arrays(looks, actions)
        record = StepsRecord(
            suite=order.suite,
            variation=order.variation,
            seed=seed,
            instruction=suite.instruction(order.variation),
            software=suite.software(),
            rate_hz=world.rate_hz,
            action_names=world.action_names,
            state_names=world.state_names,
            shake=order.shake,
            steps=len(actions),
            points=arrays.xyz_m.shape[1],
        )
        return record, arrays
    finally:
        world.close()


def _arrays(looks: Sequence[StepObservation], actions: Sequence[Action]) -> StepArrays:
    counts = np.array([len(look.cloud) for look in looks], np.int32)
    xyz = np.zeros((len(looks), int(counts.max()), 3), np.float32)
    rgb = np.zeros(xyz.shape, np.uint8)
    for place, look in enumerate(looks):
        xyz[place, : counts[place]] = look.cloud.xyz
        rgb[place, : counts[place]] = look.cloud.rgb
    states = np.stack([look.state for look in looks]).astype(np.float32)
    return StepArrays(counts, xyz, rgb, states, np.stack(actions).astype(np.float32))


def _kept(order: StepOrder) -> StepOutcome | None:
    if _look_at(order) is not FileStatus.KEPT:
        return None
    return StepOutcome(order, FileStatus.KEPT, (), 0.0)


def _look_at(order: StepOrder) -> FileStatus:
    """KEPT if the file is there and whole, REMADE if it is damaged, MADE if it is not there."""
    if not order.path.exists():
        return FileStatus.MADE
    try:
        with StepFile(order.path) as file:
            record = file.record
            file.arrays  # noqa: B018 - read for their checksums
    except DamagedFileError:
        return FileStatus.REMADE
    seeds = [demonstration_seed(order.variation, order.number, one) for one in range(ATTEMPTS)]
    same = (record.suite, record.variation, record.shake) == (
        order.suite, order.variation, order.shake,
    )  # fmt: skip
    if not same or record.seed not in seeds:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{order.path} holds another demonstration ({record.suite} {record.variation}, seed "
            f"{record.seed}, shaken by {record.shake:g})",
            "Choose another folder, or move that file away",
        )
    return FileStatus.KEPT
