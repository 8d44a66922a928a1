"""What ``./clap record demo`` says of a demonstration that it recorded, in a file of its bag."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.to_episode import Conversion
from clap_data.whole_files import whole_file

TAKE_FILE = "take.json"


class TakeOutcome(str, Enum):
    """How a take went; only successful ones are taught with."""

    SUCCESSFUL = "successful"
    FAILED = "failed"
    UNJUDGED = "not judged"


_SUCCESS = {TakeOutcome.SUCCESSFUL: True, TakeOutcome.FAILED: False, TakeOutcome.UNJUDGED: None}


class Take(BaseModel):
    """A demonstration that was recorded.

    Attributes:
        instruction: what was asked for.
        outcome: how it went.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["clap-take"] = "clap-take"
    version: Literal[1] = 1
    instruction: str
    outcome: TakeOutcome = TakeOutcome.UNJUDGED

    def write(self, bag: Path) -> None:
        """Say it of a bag's folder.

        Raises:
            ClapError: INVALID_REQUEST if it cannot be written; what was said before stays.
        """
        with whole_file(bag / TAKE_FILE, "the take's mark") as stream:
            stream.write(self.model_dump_json(indent=1).encode() + b"\n")


def take_of(bag: Path) -> Take | None:
    """What is said of a bag; None of one that is no take.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be read.
    """
    path = bag / TAKE_FILE
    if not bag.is_dir() or not path.exists():
        return None
    try:
        return Take.model_validate_json(path.read_text())
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{path} cannot be read: {' '.join(str(error).split())}",
            "Remove that file to use the bag like any other",
        ) from error


def as_taken(bag: Path, conversion: Conversion) -> Conversion:
    """How a bag becomes an episode, by what is said of it; unchanged for one that is no take.

    Raises:
        ClapError: INVALID_REQUEST if that cannot be read.
    """
    take = take_of(bag)
    if take is None:
        return conversion
    return replace(
        conversion,
        instruction=conversion.instruction or take.instruction,
        success=_SUCCESS[take.outcome],
    )
