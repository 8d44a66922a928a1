"""Where the models are that come with the stack."""

from __future__ import annotations

import os
from pathlib import Path


def installed_model(name: str) -> Path:
    """Folder of a model in an environment's share, or below the working directory.

    Args:
        name: such as ``clar-tiny``. Whether it is there is not checked.
    """
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        folder = Path(prefix, "share", "clap_bringup", "models", name)
        if prefix and folder.is_dir():
            return folder
    return Path("models", name)
