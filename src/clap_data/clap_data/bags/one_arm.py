"""Opens the bag of an arm that ran in a namespace as if it had run without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clap_data.bags.reading import Bag, open_bag, refusal

_FRAMES = ("/tf", "/tf_static")
"""What each arm has of its own, and no other node has under that name."""


@contextmanager
def open_bag_of_one_arm(path: Path) -> Iterator[Bag]:
    """Open a bag like `open_bag`; an arm's topics have their names without its namespace.

    Args:
        path: of the bag.

    Raises:
        ClapError: INVALID_REQUEST, also where several arms, each in a namespace, were recorded.
    """
    with open_bag(path) as bag:
        prefix = f"{_namespace(path, (one.topic for one in bag.connections))}/"
        bag.connections = [
            one._replace(topic=f"/{one.topic.removeprefix(prefix)}")
            if one.topic.startswith(prefix)
            else one
            for one in bag.connections
        ]
        yield bag


def _namespace(path: Path, topics: Iterable[str]) -> str:
    """The namespace of the one arm that has frames, as ``/left``; empty without one."""
    found = {
        topic.removesuffix(name) for topic in topics for name in _FRAMES if topic.endswith(name)
    }
    if not found or "" in found:
        return ""
    if len(found) > 1:
        raise refusal(
            f"the bag {path} holds several arms, in the namespaces {', '.join(sorted(found))}",
            f"Record one of them: `./clap record --namespace {min(found)}`",
        )
    return found.pop()
