"""Packages that only some parts need: imported where they are needed, and named if missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from clap_core.errors import ClapError, ErrorCode


def module_of(user: str, module: str, distribution: str, otherwise: str = "") -> ModuleType:
    """An installed module, imported only when it is needed.

    Args:
        user: who needs it, such as ``teacher 'minilm'``.
        module: as it is imported.
        distribution: as pip calls it.
        otherwise: what else would help, to follow "Run: pip install ...".

    Raises:
        ClapError: INVALID_REQUEST when it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # It is there, but something of its own is not.
        raise missing(user, module, distribution, otherwise) from error


def missing(user: str, package: str, distribution: str, otherwise: str = "") -> ClapError:
    """The error where a package is needed and not installed; see `module_of`."""
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{user} needs the package '{package}', which is not installed",
        f"Run: pip install '{distribution}'{otherwise}",
    )
