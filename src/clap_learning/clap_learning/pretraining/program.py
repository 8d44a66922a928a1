"""The training program, on one CPU or several GPUs alike.

    accelerate launch -m clap_learning.pretraining CONFIG --scenes DIR --out DIR

It may be interrupted at any time: the same command goes on from the last checkpoint, with the
batches, masks and learning rates that would have come.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor
from tqdm import tqdm

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import SUMS_FILE
from clap_learning.clar.stored_weights import METRICS_FILE
from clap_learning.clar.weights import save_encoder
from clap_learning.data.cache_maker import make_cache
from clap_learning.data.loader import Process, SceneLoader
from clap_learning.data.teacher_cache import cached_teachers
from clap_learning.pretraining.config import OptimiserConfig, PretrainingConfig
from clap_learning.pretraining.model import Pretrainer
from clap_learning.pretraining.plots import plot_losses
from clap_learning.pretraining.run_folder import PLOT_FILE, PretrainingProgress, RunFolder
from clap_learning.teachers.registry import make_teacher, make_text_teacher
from clap_learning.teachers.teacher import Teacher, TextTeacher

_FEATURE_JOBS = 4
"""Processes that compute teachers' features on one GPU, each with its own share of the memory."""


@dataclass(frozen=True)
class TrainingResult:
    """What a run came to.

    Attributes:
        steps: batches of each process.
        clouds: that were seen, of all processes.
        busy_s: time spent in training.
        clouds_per_s: of all processes, since this run was started or taken up.
        waiting_share: share of the time spent waiting for data, likewise.
        losses: of the last lines of the history.
        device: that this process computed on, by name.
        device_gib: the most memory of it that this process's tensors took; None on a CPU.
    """

    steps: int
    clouds: int
    busy_s: float
    clouds_per_s: float
    waiting_share: float
    losses: dict[str, float]
    device: str = "cpu"
    device_gib: float | None = None


def pretrain(config: PretrainingConfig, scenes: Path, out: Path, features: Path) -> TrainingResult:
    """Train an encoder, or go on training it; a run that is done is left as it is.

    Args:
        config: of the run.
        scenes: folder of shards (``./clap data scenes``).
        out: folder of the run; ends up with the encoder's weights in it.
        features: folder for what the teachers make of the scenes, shared by all runs.

    Raises:
        ClapError: INVALID_REQUEST for scenes, weights or a folder that do not fit; INTERNAL if a
            loss is no longer finite.
    """
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    accelerator = Accelerator(mixed_precision=config.precision, cpu=not torch.cuda.is_available())
    set_seed(config.seed, device_specific=True)
    teachers = _teachers(config, scenes, features, accelerator)
    processes = accelerator.num_processes
    loader_of = _loader_maker(config, scenes, teachers.cache, accelerator)
    folder = RunFolder(out)
    with accelerator.main_process_first():
        progress = folder.begin(config, loader_of(0).scenes, processes)
    if progress.step == config.steps and (out / SUMS_FILE).is_file():
        return TrainingResult(**json.loads((out / METRICS_FILE).read_text()))

    model = Pretrainer(config, teachers.images, teachers.text)
    groups = model.parameter_groups(config.optimiser.weight_decay)
    optimiser = torch.optim.AdamW(groups, lr=config.optimiser.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _rate(config.optimiser, config.steps))
    trained, optimiser = accelerator.prepare(model, optimiser)
    accelerator.register_for_checkpointing(schedule)
    if progress.step:
        folder.load(accelerator)
    if accelerator.is_main_process:
        folder.rewind(progress.step)

    loader = loader_of(progress.step)
    batches = loader.batches(accelerator.device)
    bar = tqdm(
        total=config.steps,
        initial=progress.step,
        desc=out.name,
        unit="batch",
        disable=not accelerator.is_main_process,
    )
    began, first = time.perf_counter(), progress.step
    meter = _Meter()
    trained.train()
    with contextlib.closing(batches), bar:
        for step in range(progress.step + 1, config.steps + 1):
            losses = trained(next(batches))
            total = torch.stack(list(losses.values())).sum()
            accelerator.backward(total)
            norm = accelerator.clip_grad_norm_(trained.parameters(), config.optimiser.clip)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)

            meter.add({**losses, "total": total, "gradient_norm": norm})
            bar.update()
            busy_s = time.perf_counter() - began
            if step % config.log_every == 0 or step == config.steps:
                line = meter.means()
                _check_finite(line, step)
                line |= {
                    "learning_rate": float(schedule.get_last_lr()[0]),
                    "clouds_per_s": (step - first) * config.data.batch * processes / busy_s,
                    "waiting_share": loader.waiting_share,
                }
                bar.set_postfix(loss=f"{line['total']:.3f}", waiting=f"{loader.waiting_share:.0%}")
                if accelerator.is_main_process:
                    folder.tell({"step": step, **line})
            if step % config.save_every == 0 or step == config.steps:
                folder.save(
                    accelerator, PretrainingProgress(step, progress.busy_s + busy_s, processes)
                )
    result = _result(config, folder, processes, first, time.perf_counter() - began, loader)
    if accelerator.is_main_process:
        plot_losses(folder.history(), out / PLOT_FILE)
        save_encoder(out, accelerator.unwrap_model(trained).encoder, vars(result))
    accelerator.wait_for_everyone()
    return result


@dataclass(frozen=True)
class _Teachers:
    """The teachers of a run, or what stands for them beside their cached features."""

    images: Teacher | None = None
    text: TextTeacher | None = None
    cache: Path | None = None


def _teachers(
    config: PretrainingConfig, scenes: Path, features: Path, accelerator: Accelerator
) -> _Teachers:
    if not config.has_teacher:
        return _Teachers()
    if not config.cached:
        text = make_text_teacher(config.text_teacher) if config.text_teacher else None
        return _Teachers(make_teacher(config.teacher), text)
    with accelerator.main_process_first():
        on_gpu = accelerator.device.type == "cuda"
        cache = make_cache(
            scenes,
            features,
            config.teacher,
            config.text_teacher,
            # On a CPU in this process alone: other runs train beside it.
            jobs=min(_FEATURE_JOBS, os.cpu_count() or 1) if on_gpu else 1,
            device=accelerator.device.type if on_gpu else "cpu",
        )
    return _Teachers(*cached_teachers(cache), cache)


def _loader_maker(
    config: PretrainingConfig, scenes: Path, cache: Path | None, accelerator: Accelerator
) -> Callable[[int], SceneLoader]:
    process = Process(accelerator.process_index, accelerator.num_processes)
    return lambda start: SceneLoader(
        scenes, config.encoder_config, config.data, config.seed, start, process, cache
    )


def _rate(config: OptimiserConfig, steps: int) -> Callable[[int], float]:
    """A straight warm-up, then half a cosine down to nothing."""
    warm_up = max(1, round(config.warm_up * steps))

    def share(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1.0 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))

    return share


class _Meter:
    """Means since they were last asked for, without waiting for the device in between."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: defaultdict[str, int] = defaultdict(int)

    def add(self, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            value = value.detach().float()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] += 1

    def means(self) -> dict[str, float]:
        means = {name: float(total) / self._counts[name] for name, total in self._sums.items()}
        self._sums.clear()
        self._counts.clear()
        return means


def _check_finite(line: dict[str, float], step: int) -> None:
    wrong = [name for name, value in line.items() if not math.isfinite(value)]
    if wrong:
        raise ClapError(
            ErrorCode.INTERNAL,
            f"{', '.join(wrong)} is no longer finite at step {step}",
            "Lower optimiser.learning_rate, or train with precision: 'no'; the last checkpoint "
            "is kept",
        )


def _result(
    config: PretrainingConfig,
    folder: RunFolder,
    processes: int,
    first: int,
    busy_s: float,
    loader: SceneLoader,
) -> TrainingResult:
    history = folder.history()
    clouds = config.data.batch * processes
    return TrainingResult(
        steps=config.steps,
        clouds=config.steps * clouds,
        busy_s=round(folder.progress().busy_s, 1),
        clouds_per_s=round((config.steps - first) * clouds / busy_s, 2),
        waiting_share=round(loader.waiting_share, 4),
        losses={
            name: round(value, 4)
            for name, value in (history[-1] if history else {}).items()
            if name not in ("step", "clouds_per_s", "waiting_share", "learning_rate")
        },
        **_device(),
    )


def _device() -> dict[str, Any]:
    if not torch.cuda.is_available():
        return {}
    return {
        "device": torch.cuda.get_device_name(),
        "device_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
    }
