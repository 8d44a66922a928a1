"""Finding the packages that teachers' weights come in."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from clap_core.errors import ClapError, ErrorCode
from clap_learning import optional_packages


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
        raise optional_packages.missing(f"teacher '{teacher}'", package, distribution)
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
    return optional_packages.module_of(f"teacher '{teacher}'", module, distribution)
