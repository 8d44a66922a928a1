"""Why a command cannot be done."""

from __future__ import annotations

from clap_baseline.language.phrases import ObjectPhrase
from clap_core.errors import ClapError, ErrorCode

ON_THE_TABLE = "Name something that stands on the table"


def impossible(reason: str, cure: str) -> ClapError:
    """An IMPOSSIBLE error."""
    return ClapError(ErrorCode.IMPOSSIBLE, reason, cure)


def no_tool(tool: ObjectPhrase) -> ClapError:
    """The hand does it, or nobody."""
    return impossible(f"nothing can be done with the {tool.text} here", "Say it without the tool")


def only_pressed(times: int) -> ClapError:
    """Most is done once."""
    return impossible(f"only pressing can be done {times} times", "Say each step by itself")


def hand_is_full(wish: str, held: ObjectPhrase) -> ClapError:
    """One thing at a time."""
    return impossible(
        f"the hand cannot {wish} while it holds the {held.text}",
        f"Say first where to put the {held.text}",
    )
