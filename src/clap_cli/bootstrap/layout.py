"""Where things are in a checkout, and the error that set-up ends with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class SetupError(Exception):
    """Set-up can not go on.

    Args:
        reason: what is wrong, naming the thing.
        cure: what to do about it; a command where there is one.
    """

    def __init__(self, reason: str, cure: str) -> None:
        self.reason = reason
        self.cure = cure
        super().__init__(f"{reason}\n{cure}")


@dataclass(frozen=True)
class Layout:
    """The places of one checkout."""

    root: Path

    @property
    def pins(self) -> Path:
        """The exact set of Python packages."""
        return self.root / "src/clap_cli/bootstrap/pins.txt"

    @property
    def hashes(self) -> Path:
        """The checksums of their files."""
        return self.root / "src/clap_cli/bootstrap/hashes.txt"

    @property
    def sources(self) -> Path:
        """The colcon workspace's packages."""
        return self.root / "src"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "bin/python"

    @property
    def endless_waits(self) -> Path:
        """What the wheels' Fast DDS needs to be loaded with."""
        return self.venv / "lib/libclap_endless_waits.so"

    @property
    def build(self) -> Path:
        """colcon's build folder."""
        return self.root / "build"

    @property
    def install(self) -> Path:
        """colcon's install prefix."""
        return self.root / "install"

    @property
    def logs(self) -> Path:
        """What pip, apt and colcon said."""
        return self.root / "log/bootstrap"

    @property
    def middleware_profile(self) -> Path:
        """Fast DDS transports for large messages."""
        return self.root / "config/fastdds.xml"

    @property
    def local_middleware_profile(self) -> Path:
        """The same, for who has no business with other computers."""
        return self.root / "config/fastdds-localhost.xml"
