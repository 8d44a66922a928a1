"""The stack with the policy that carries demonstrations over."""

from __future__ import annotations

from clap_bench.suite.agents.baseline import StackAgent


class Align(StackAgent):
    """Obeys like the baseline; how the hand moves comes from its memory of demonstrations."""

    def __init__(self) -> None:
        super().__init__(policy="align")
