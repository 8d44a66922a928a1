"""Fine-tunes a vision-language model by low-rank adapters (LoRA), on one GPU or more.

    accelerate launch -m clap_learning.vlm CONFIG --episodes DIR --out DIR

It may be interrupted at any time: the same command goes on from the last checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import peft
import torch
import yaml
from peft import LoraConfig
from pydantic import BaseModel, Field, ValidationError
from transformers import Trainer, TrainingArguments

from clap_core.errors import ClapError, ErrorCode
from clap_data.episodes import EpisodeFolder
from clap_learning.checksums import SUMS_FILE, write_sums
from clap_learning.vlm.examples import StepExample, conversation, list_examples
from clap_learning.vlm.loading import load_parts
from clap_learning.vlm.model import SeenPictures, VisionLanguageModel

TRAINING_FILE = "training.json"
_ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors", TRAINING_FILE)
_CHECKPOINTS = "checkpoints"

_LANGUAGE_LAYERS = r".*language_model.*\.(q|k|v|o|gate|up|down)_proj"
"""What is adapted: attention and MLPs of the language side. CLAP does not say what it adapts."""


class QwenTrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """A run, as its file in ``config/learning`` says it."""

    model: str = Field(description="Folder of the model, or its name on the hub.")
    precision: str = Field("bfloat16", description="As qwen.precision of the keypoint finder.")
    split: str = Field("train", description="Only episodes of this split; empty for all.")
    steps: int = Field(2000, description="Updates.", ge=1)
    batch: int = Field(2, description="Examples of a process at once.", ge=1)
    accumulate: int = Field(8, description="Batches of an update.", ge=1)
    learning_rate: float = Field(1e-4, description="At its highest.", gt=0.0)
    warm_up: int = Field(50, description="Updates in which the rate grows from nothing.", ge=0)
    rank: int = Field(16, description="Of the adapters.", ge=1)
    alpha: int = Field(32, description="The adapters count alpha / rank times.", ge=1)
    dropout: float = Field(0.05, description="Of the adapters' inputs.", ge=0.0, lt=1.0)
    absent_share: float = Field(
        0.15, description="Steps that name absent things, for each step.", ge=0.0, le=1.0
    )
    checkpointing: bool = Field(True, description="Compute layers again to save memory.")
    workers: int = Field(4, description="Processes that read pictures; 0 for none.", ge=0)
    save_every: int = Field(200, description="Updates between checkpoints.", ge=1)
    log_every: int = Field(10, description="Updates between lines of the log.", ge=1)
    seed: int = 0


@dataclass(frozen=True)
class TunedResult:
    """What a run came to.

    Attributes:
        steps: updates.
        examples: that there were to learn from.
        absent: of these, steps that name absent things.
        loss: mean over the last lines of the log.
        device: that it computed on.
        device_gib: the most memory that tensors took; None on a CPU.
    """

    steps: int
    examples: int
    absent: int
    loss: float
    device: str
    device_gib: float | None


def read_training_config(path: Path) -> QwenTrainingConfig:
    """The config of a YAML file.

    Raises:
        ClapError: INVALID_REQUEST, naming what the file lacks or has too much.
    """
    try:
        return QwenTrainingConfig.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        reason = str(error).replace("\n", " ")
    except ValidationError as error:
        fault = error.errors()[0]
        reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{path} is no config for tuning: {reason}",
        "Compare it with config/learning/qwen2.5-vl-3b.yaml",
    )


class StepDataset(torch.utils.data.Dataset[tuple[list[int], list[int], SeenPictures]]):
    """Examples as tokens, labels and pictures; read when asked for."""

    def __init__(self, examples: Sequence[StepExample], model: VisionLanguageModel) -> None:
        self._examples = examples
        self._model = model

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> tuple[list[int], list[int], SeenPictures]:
        example = self._examples[index]
        views = example.views()
        seen = self._model.see({view.name: view.rgb for view in views})
        turns = conversation(example, views, seen.pictures)
        return *self._model.encode(turns, seen, asks=False), seen

    def collate(self, items: Sequence[tuple[list[int], list[int], SeenPictures]]) -> Any:
        """A batch of the model's inputs."""
        rows, labels, seen = zip(*items, strict=True)
        return self._model.batch(rows, seen, labels)


def tune(config: QwenTrainingConfig, episodes: Path, out: Path) -> TunedResult:
    """Train an adapter, or go on training it.

    Args:
        config: of the run.
        episodes: folder of demonstrations (``./clap data make``).
        out: folder of the run; ends up as the adapter's folder.

    Raises:
        ClapError: INVALID_REQUEST for a model or episodes that cannot be used; INTERNAL if the
            loss is no longer finite.
    """
    on_gpu = torch.cuda.is_available()
    examples = list_examples(
        EpisodeFolder(episodes, split=config.split), config.absent_share, config.seed
    )
    model, tokenizer, images = load_parts(
        config.model, "cuda" if on_gpu else "cpu", config.precision
    )
    torch.manual_seed(config.seed)  # the adapters' first weights are drawn from it
    adapted = peft.get_peft_model(
        model,
        LoraConfig(
            task_type="CAUSAL_LM",
            base_model_name_or_path=config.model,
            r=config.rank,
            lora_alpha=config.alpha,
            lora_dropout=config.dropout,
            target_modules=_LANGUAGE_LAYERS,
        ),
    )
    if config.checkpointing:
        adapted.enable_input_require_grads()
    dataset = StepDataset(examples, VisionLanguageModel(model, tokenizer, images))
    checkpoints = out / _CHECKPOINTS
    trainer = Trainer(
        model=adapted,
        args=_arguments(config, checkpoints, on_gpu),
        train_dataset=dataset,
        data_collator=dataset.collate,
    )
    trainer.train(resume_from_checkpoint=any(checkpoints.glob("checkpoint-*")))
    result = _result(config, examples, trainer)
    if trainer.is_world_process_zero():
        _save(out, adapted, config, result)
    return result


def _arguments(config: QwenTrainingConfig, checkpoints: Path, on_gpu: bool) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=config.steps,
        per_device_train_batch_size=config.batch,
        gradient_accumulation_steps=config.accumulate,
        learning_rate=config.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=config.warm_up,
        bf16=on_gpu and config.precision != "float32",
        gradient_checkpointing=config.checkpointing,
        dataloader_num_workers=config.workers,
        logging_steps=config.log_every,
        save_steps=config.save_every,
        save_total_limit=2,
        remove_unused_columns=False,
        label_names=["labels"],
        report_to="none",
        seed=config.seed,
        use_cpu=not on_gpu,
    )


def _result(
    config: QwenTrainingConfig, examples: Sequence[StepExample], trainer: Trainer
) -> TunedResult:
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line][-3:]
    loss = sum(losses) / len(losses) if losses else float("nan")
    if losses and loss != loss:
        raise ClapError(
            ErrorCode.INTERNAL,
            "the loss is no longer finite",
            "Lower learning_rate, and begin again in another folder",
        )
    on_gpu = torch.cuda.is_available()
    return TunedResult(
        steps=config.steps,
        examples=len(examples),
        absent=sum(example.keypoint_m is None for example in examples),
        loss=round(loss, 4),
        device=torch.cuda.get_device_name() if on_gpu else "cpu",
        device_gib=round(torch.cuda.max_memory_allocated() / 2**30, 2) if on_gpu else None,
    )


def _save(out: Path, adapted: Any, config: QwenTrainingConfig, result: TunedResult) -> None:
    """Write the adapter; the checksums come last, so that half a folder is found to be one."""
    (out / SUMS_FILE).unlink(missing_ok=True)
    adapted.save_pretrained(out)
    said = {"config": config.model_dump(), "result": asdict(result)}
    (out / TRAINING_FILE).write_text(json.dumps(said, indent=2) + "\n")
    write_sums(out, _ADAPTER_FILES)
