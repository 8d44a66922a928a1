"""A ClapError on its way between processes: the error itself cannot be unpickled."""

from __future__ import annotations

from dataclasses import dataclass

from clap_core.errors import ClapError, ErrorCode


@dataclass(frozen=True)
class Refusal:
    """What a worker process answers in the place of a result."""

    code: ErrorCode
    reason: str
    cure: str

    @classmethod
    def of(cls, error: ClapError) -> Refusal:
        """To be sent."""
        return cls(error.code, error.reason, error.cure)

    def error(self) -> ClapError:
        """To be raised where it was received."""
        return ClapError(self.code, self.reason, self.cure)
