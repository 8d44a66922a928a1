"""Modules that a teacher needs, imported only then."""

from __future__ import annotations

from types import ModuleType

from clap_learning import optional_packages


def module_of(teacher: str, module: str, distribution: str) -> ModuleType:
    """An installed module, imported only where a teacher needs it.

    Raises:
        ClapError: INVALID_REQUEST when it is not installed.
    """
    return optional_packages.module_of(f"teacher '{teacher}'", module, distribution)
