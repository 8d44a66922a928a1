"""Folders of the parser's weights: verified before anything is built of them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import SUMS_FILE, verify_sums, write_sums
from clap_learning.parser.network import ParserConfig, PointerParser

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
_CURE = "Fetch the folder again (git checkout), or run `./clap train parser`"


class ParserModelConfig(BaseModel, frozen=True, extra="forbid"):
    """What is said of a network beside its weights."""

    network: ParserConfig = ParserConfig()
    steps: int = Field(0, description="Updates of its training.", ge=0)


def save_parser(folder: Path, network: PointerParser, config: ParserModelConfig) -> None:
    """Write a network, in half precision; the checksums come last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SUMS_FILE).unlink(missing_ok=True)
    tensors = {
        name: tensor.detach().half().contiguous() for name, tensor in network.state_dict().items()
    }
    (folder / WEIGHTS_FILE).write_bytes(save_tensors(tensors))
    (folder / CONFIG_FILE).write_text(config.model_dump_json(indent=2) + "\n")
    write_sums(folder, [CONFIG_FILE, WEIGHTS_FILE])


def load_parser(folder: Path) -> PointerParser:
    """A network, ready to read.

    Raises:
        ClapError: INVALID_REQUEST if it is not there, was changed, or is something else.
    """
    if not folder.is_dir():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no parser in {folder}",
            "Give a folder that `./clap train parser` has written, or leave learned.weights out",
        )
    verify_sums(folder, _CURE)
    try:
        config = ParserModelConfig.model_validate_json((folder / CONFIG_FILE).read_text())
        network = PointerParser(config.network)
        tensors = load_tensors((folder / WEIGHTS_FILE).read_bytes())
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (OSError, ValidationError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"{folder} is no parser: {reason}", _CURE
        ) from error
    return network.eval()
