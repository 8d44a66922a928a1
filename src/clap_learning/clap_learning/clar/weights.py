"""Folders of weights: written whole, and verified before anything is built of them.

``models/<name>/`` holds ``config.json`` (the encoder's sizes), ``model.safetensors`` (float16),
``metrics.json`` (what training told), ``README.md`` (the card, if there is one) and
``SHA256SUMS`` of the other files, as ``sha256sum -c`` reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from clap_core.errors import ClapError, ErrorCode
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
METRICS_FILE = "metrics.json"
CARD_FILE = "README.md"
SUMS_FILE = "SHA256SUMS"
_SUMMED = (CONFIG_FILE, WEIGHTS_FILE, METRICS_FILE, CARD_FILE)


def save_encoder(
    folder: Path, encoder: ClarEncoder, metrics: Mapping[str, Any], card: str | None = None
) -> None:
    """Write an encoder beside the folder, and put it in the folder's place at once.

    An interruption leaves the old folder or the new one. What else lies in the folder stays.

    Args:
        folder: made if it is not there.
        encoder: its weights are stored in half precision.
        metrics: of its training, as JSON can say them.
        card: Markdown for people; a card that is there already is kept if this is None.
    """
    kept = folder / CARD_FILE
    if card is None and kept.is_file():
        card = kept.read_text()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        if folder.exists():
            shutil.copytree(
                folder,
                draft,
                ignore=shutil.ignore_patterns(*_SUMMED, SUMS_FILE),
                copy_function=_link_or_copy,
                dirs_exist_ok=True,
            )
        _write(draft, encoder, metrics, card)
        _put_in_place(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _write(
    folder: Path, encoder: ClarEncoder, metrics: Mapping[str, Any], card: str | None
) -> None:
    tensors = {
        name: tensor.detach().half().cpu().contiguous()
        for name, tensor in encoder.state_dict().items()
    }
    (folder / CONFIG_FILE).write_text(encoder.config.model_dump_json(indent=2) + "\n")
    (folder / WEIGHTS_FILE).write_bytes(save_tensors(tensors))
    (folder / METRICS_FILE).write_text(json.dumps(dict(metrics), indent=2) + "\n")
    if card is not None:
        (folder / CARD_FILE).write_text(card)
    write_sums(folder)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename a folder onto another, which may be there."""
    draft.chmod(0o755)  # mkdtemp's is for its owner alone
    old = draft.with_name(f"{draft.name}.old")
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def write_sums(folder: Path) -> None:
    """Write the checksums of what is there, after its card was written, say."""
    present = [name for name in _SUMMED if (folder / name).is_file()]
    lines = [f"{_sha256((folder / name).read_bytes())}  {name}\n" for name in present]
    (folder / SUMS_FILE).write_text("".join(lines))


def load_encoder(folder: Path) -> ClarEncoder:
    """The encoder of a folder, in float32, for evaluation, on the CPU.

    Raises:
        ClapError: INVALID_REQUEST, naming the file that is missing, was changed, or does not fit.
    """
    sums = _sums(folder)
    config = _config(folder / CONFIG_FILE, _verified(folder, CONFIG_FILE, sums))
    try:
        tensors = load_tensors(_verified(folder, WEIGHTS_FILE, sums))
    except SafetensorError as error:
        raise _refused(folder / WEIGHTS_FILE, f"cannot be read: {error}") from None
    encoder = ClarEncoder(config)
    wanted = {name: tensor.shape for name, tensor in encoder.state_dict().items()}
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if wanted != found:
        unlike = sorted(
            name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
        )
        raise _refused(
            folder / WEIGHTS_FILE,
            f"does not hold an encoder of {CONFIG_FILE}'s sizes: {', '.join(unlike[:3])}"
            f"{' and others' if len(unlike) > 3 else ''} differ",
        )
    encoder.load_state_dict(tensors)
    return encoder.eval()


def weights_sha256(folder: Path) -> str:
    """The verified checksum of a folder's weights: what tells two versions apart.

    Raises:
        ClapError: as `load_encoder`.
    """
    sums = _sums(folder)
    _verified(folder, WEIGHTS_FILE, sums)
    return sums[WEIGHTS_FILE]


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS_FILE
    try:
        lines = path.read_text().splitlines()
    except OSError:
        raise _refused(path, "is not there") from None
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise _refused(path, "is no list of checksums and files")
    return {name.strip(): digest for digest, name in pairs}


def _verified(folder: Path, name: str, sums: Mapping[str, str]) -> bytes:
    """What a file holds, if it is what was written."""
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError:
        raise _refused(path, "is not there") from None
    if name not in sums:
        raise _refused(path, f"has no checksum in {SUMS_FILE}")
    if _sha256(content) != sums[name]:
        raise _refused(path, f"is not what {SUMS_FILE} says: it is damaged or was changed")
    return content


def _config(path: Path, content: bytes) -> EncoderConfig:
    try:
        return EncoderConfig.model_validate_json(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "it"
        raise _refused(path, f"is no encoder's configuration: {where}: {fault['msg']}") from None


def _refused(path: Path, what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the weights cannot be loaded: {path} {what}",
        "Fetch the folder again (git checkout), or train it with ./clap train clar",
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
