"""What a pre-training run is, as its file in ``config/learning`` says it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.alignment import AlignmentConfig
from clap_learning.clar.config import EncoderConfig, encoder_config
from clap_learning.clar.contrast import ContrastConfig
from clap_learning.clar.masked import MaskedConfig
from clap_learning.data.loader import LoaderConfig
from clap_learning.teachers.registry import DEFAULT_TEACHER

MASKED: Final = "masked"
GLOBAL: Final = "global"
LOCAL: Final = "local"
Objective = Literal["masked", "global", "local"]


class OptimiserConfig(BaseModel, frozen=True, extra="forbid"):
    """AdamW with a warm-up and a cosine, as Point-MAE and ReCon train."""

    learning_rate: float = Field(1e-3, description="At its highest.", gt=0.0)
    weight_decay: float = Field(
        0.05, description="Of matrices; biases, norms and temperatures have none.", ge=0.0
    )
    warm_up: float = Field(
        0.05, description="Share of the steps in which the rate grows from nothing.", ge=0.0, lt=1.0
    )
    clip: float = Field(1.0, description="Largest norm of a step's gradient.", gt=0.0)


class PretrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """A run. The same config, scenes and processes give the same run."""

    encoder: str = Field("clar-tiny", description="Name of the encoder's configuration.")
    objectives: tuple[Objective, ...] = Field(
        (MASKED, GLOBAL, LOCAL), description="What is trained for, one or more."
    )
    masked: MaskedConfig = Field(MaskedConfig(), description="Masked reconstruction.")
    contrast: ContrastConfig = Field(ContrastConfig(), description="Global contrast.")
    alignment: AlignmentConfig = Field(AlignmentConfig(), description="Local alignment.")
    teacher: str = Field(DEFAULT_TEACHER, description="Frozen model of images.")
    text_teacher: str | None = Field(
        "minilm", description="Frozen model of captions; none: no contrast with text."
    )
    cached: bool = Field(
        True,
        description="Compute the teachers' features once and keep them. Without, teachers see "
        "the pictures with their colours changed, at the price of running in every step.",
    )
    data: LoaderConfig = Field(LoaderConfig(), description="Batches.")
    optimiser: OptimiserConfig = Field(OptimiserConfig(), description="Steps.")
    steps: int = Field(description="How many batches, of each process.", ge=1)
    precision: Literal["no", "bf16", "fp16"] = Field(
        "bf16", description="Mixed precision; 'no' where the processor has no fast bf16."
    )
    threads: int | None = Field(
        None, description="Of the CPU for computing; PyTorch's choice if left out.", ge=1
    )
    seed: int = Field(0, description="Of weights, order, augmentation and masks.", ge=0)
    log_every: int = Field(20, description="Steps between two lines of the history.", ge=1)
    save_every: int = Field(500, description="Steps between two checkpoints.", ge=1)

    @field_validator("encoder")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            encoder_config(name)
        except ClapError as error:
            raise ValueError(error.message) from None
        return name

    @model_validator(mode="after")
    def _check(self) -> PretrainingConfig:
        if not self.objectives or len(set(self.objectives)) != len(self.objectives):
            raise ValueError("objectives must be one or more, each once")
        if self.save_every % self.log_every:
            # Losses are looked at when they are logged: none that is not finite is kept.
            raise ValueError("save_every must be a multiple of log_every")
        return self

    @property
    def encoder_config(self) -> EncoderConfig:
        """Sizes of the encoder."""
        return encoder_config(self.encoder)

    @property
    def has_teacher(self) -> bool:
        """Whether anything but the cloud itself is looked at."""
        return set(self.objectives) != {MASKED}


def read_config(path: Path) -> PretrainingConfig:
    """The config of a YAML or JSON file.

    Raises:
        ClapError: INVALID_REQUEST, naming what the file lacks or has too much.
    """
    try:
        return PretrainingConfig.model_validate(yaml.safe_load(path.read_text()))
    except OSError as error:
        reason = error.strerror or str(error)
    except yaml.YAMLError as error:
        reason = str(error).replace("\n", " ")
    except ValidationError as error:
        reason = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{path} is no pre-training config: {reason}",
        "Compare it with config/learning/clar-tiny.yaml",
    )
