"""Finding the packages that teachers' weights come in."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from clap_core.errors import ClapError, ErrorCode


def weights_of(teacher: str, package: str, file: str, distribution: str) -> Path:
    """The path of a file inside an installed package, which is not imported for it.

    Args:
        teacher: whose weights they are, for the message.
        package: as it is imported.
        file: relative to the package's folder.
        distribution: as pip calls it.

    Raises:
        ClapError: INVALID_REQUEST when the package is not installed, or lacks the file.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise missing(teacher, package, distribution)
    path = Path(next(iter(spec.submodule_search_locations))) / file
    if not path.exists():
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"teacher '{teacher}': the package '{package}' has no {file}",
            f"Install the pinned version: pip install --force-reinstall '{distribution}'",
        )
    return path


def module_of(teacher: str, module: str, distribution: str) -> ModuleType:
    """An installed module, imported only where a teacher needs it.

    Raises:
        ClapError: INVALID_REQUEST when it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # It is there, but something of its own is not.
        raise missing(teacher, module, distribution) from error


def missing(teacher: str, package: str, distribution: str) -> ClapError:
    """The error of a teacher whose package is not installed."""
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"teacher '{teacher}' needs the package '{package}', which is not installed",
        f"Run: pip install '{distribution}'",
    )
