"""The stack with what was learned from demonstrations."""

from __future__ import annotations

from clap_bench.suite.agents.baseline import Stack


class Learned(Stack):
    """Obeys by plans as they were shown, learned keypoints, and demonstrations carried over."""

    def __init__(self) -> None:
        super().__init__(planner="shown", finder="learned", policy="align")
