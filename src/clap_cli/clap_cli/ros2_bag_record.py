"""`./clap record`'s arguments as those of ``ros2 bag record`` (Jazzy)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("ros2bag", "rosbag2_storage_mcap")


def command(
    folder: Path,
    topics: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    hidden: bool = False,
    compress: bool = False,
) -> list[str]:
    """The command that records the same topics to the same place.

    Args:
        folder: the bag to make.
        topics: absolute names or patterns with ``*``; everything where empty. A name that is
            written in full is recorded even if it is hidden or fits what is left out.
        exclude: names or patterns to leave out.
        hidden: also the hidden topics.
        compress: chunks compressed with zstd, as our recorder's.

    Returns:
        Words for ``exec``.
    """
    words = ["ros2", "bag", "record", "--storage", "mcap", "--output", str(folder)]
    names = [topic for topic in topics if not _is_pattern(topic)]
    patterns = [topic for topic in topics if _is_pattern(topic)]
    names_are_hidden = any("/_" in name for name in names)
    if names:
        words += ["--topics", *names]
    if not topics:
        words.append("--all-topics")
    if patterns:
        # A hidden topic that is named needs the flag for all of them: keep patterns off the rest.
        only_visible = "(?!.*/_)" if names_are_hidden and not hidden else ""
        words += ["--regex", _regex(patterns, only_visible)]
    # ros2 refuses to leave out topics among such as are all named; none would be, see above.
    if exclude and (patterns or not topics):
        spared = f"(?!{_regex(names)})" if names else ""
        words += ["--exclude-regex", _regex(exclude, spared)]
    if hidden or names_are_hidden:
        words.append("--include-hidden-topics")
    if compress:
        words += ["--storage-preset-profile", "zstd_fast"]
    return words


def _is_pattern(topic: str) -> bool:
    return any(character in topic for character in "*?[")


def _regex(patterns: Sequence[str], condition: str = "") -> str:
    """One ECMAScript expression (as std::regex reads it) for whole names; they need no escapes."""
    translated = "|".join(
        p.replace("*", ".*").replace("?", ".").replace("[!", "[^") for p in patterns
    )
    return f"^{condition}(?:{translated})$"
