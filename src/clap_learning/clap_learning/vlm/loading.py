"""Loads a vision-language model and its adapter: whole, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open

from clap_core.errors import ClapError, ErrorCode
from clap_learning.checksums import verify_sums
from clap_learning.optional_packages import module_of
from clap_learning.vlm.model import FAMILIES, VisionLanguageModel

_USER = "the keypoint finder 'qwen'"
_ADAPTER_FILE = "adapter_config.json"
_ADAPTER_WEIGHTS = "adapter_model.safetensors"


def load_model(name: str, adapter: str, device: str, precision: str) -> VisionLanguageModel:
    """A model for answering.

    Args:
        name: folder, or name on the hub; empty for the one that `adapter` was trained on.
        adapter: folder that ``./clap train qwen`` wrote; empty for none.
        device: where it computes.
        precision: as in `QwenSettings`.

    Raises:
        ClapError: INVALID_REQUEST, naming what cannot be loaded.
    """
    name = name or (base_of(Path(adapter)) if adapter else "")
    model, tokenizer, images = load_parts(name, device, precision)
    if adapter:
        model = _with_adapter(model, Path(adapter), merge=precision != "4-bit")
    return VisionLanguageModel(model.eval(), tokenizer, images)


def load_parts(name: str, device: str, precision: str) -> tuple[Any, Any, Any]:
    """Model, tokenizer and image processor, each of transformers; raises as `load_model`."""
    if not name:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{_USER} has no model",
            "Set qwen.model to a folder or a name on the hub, such as Qwen/Qwen2.5-VL-3B-Instruct",
        )
    transformers = module_of(_USER, "transformers", "transformers")
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    options = _precision(precision, device)
    try:
        kind = transformers.AutoConfig.from_pretrained(name).model_type
        if kind not in FAMILIES:
            raise ValueError(f"it is of type '{kind}', not {' or '.join(FAMILIES)}")
        tokenizer = transformers.AutoTokenizer.from_pretrained(name)
        images = Qwen2VLImageProcessorPil.from_pretrained(name)
        model, told = transformers.AutoModelForImageTextToText.from_pretrained(
            name, output_loading_info=True, **options
        )
        if told["missing_keys"]:
            raise ValueError(f"weights are missing: {sorted(told['missing_keys'])[0]} and others")
        if precision != "4-bit":
            model.to(device)
    except Exception as error:  # files cut short raise whatever their reader raises
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the vision-language model '{name}' cannot be loaded on {device}: "
            f"{_first_line(error)}",
            "Set qwen.model to a folder with all its files, or run where there is a network: "
            f"hf download {name}",
        ) from error
    return model, tokenizer, images


def base_of(adapter: Path) -> str:
    """The model that an adapter was trained on.

    Raises:
        ClapError: INVALID_REQUEST when the folder is no adapter.
    """
    try:
        return str(json.loads((adapter / _ADAPTER_FILE).read_text())["base_model_name_or_path"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{adapter} is no adapter: {_first_line(error)}",
            "Give the folder that ./clap train qwen wrote",
        ) from error


def _with_adapter(model: Any, adapter: Path, merge: bool) -> Any:
    peft = module_of(_USER, "peft", "peft")
    cure = "Copy the folder again, or train it: ./clap train qwen"
    verify_sums(adapter, cure)
    try:
        adapted = peft.PeftModel.from_pretrained(model, adapter)
        with safe_open(adapter / _ADAPTER_WEIGHTS, "pt") as stored:
            if set(stored.keys()) != set(
                peft.get_peft_model_state_dict(adapted)
            ):  # PEFT lets it be
                raise ValueError("it was trained on other layers")
        return adapted.merge_and_unload() if merge else adapted
    except Exception as error:  # one of another model raises whatever does not fit
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the adapter {adapter} does not fit the model: {_first_line(error)}",
            f"Give qwen.model the one that it was trained on: {base_of(adapter)}",
        ) from error


def _precision(precision: str, device: str) -> dict[str, Any]:
    if precision != "4-bit":
        return {"dtype": precision}
    module_of("4-bit weights", "bitsandbytes", "bitsandbytes", ", or choose another precision")
    if not device.startswith("cuda"):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"4-bit weights cannot be used on {device}",
            "Set qwen.device to cuda, or choose another precision",
        )
    import torch
    from transformers import BitsAndBytesConfig

    quantised = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )
    return {"quantization_config": quantised, "device_map": {"": device}}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
