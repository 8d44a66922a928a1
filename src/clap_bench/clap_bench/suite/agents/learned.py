"""The stack with what was learned from demonstrations."""

from __future__ import annotations

from clap_bench.suite.agents.baseline import Stack


class Learned(Stack):
    """Obeys by the grammar, learned keypoints, and demonstrations that are carried over."""

    def __init__(self) -> None:
        super().__init__(finder="learned", policy="align")
