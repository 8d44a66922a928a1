"""The stack with what was learned from demonstrations."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_bench.suite.agents.baseline import StackAgent
from clap_core.backends import KEYPOINT_FINDERS, PLANNERS, POLICIES


class LearnedAgentSettings(BaseModel, frozen=True, extra="forbid"):
    """What it plays with; empty for what comes with the stack."""

    skills: str = Field("", description="folder of skills, as ./clap teach writes them")
    plans: str = Field("", description="folder of plans, as ./clap train plans writes it")
    weights: str = Field("", description="of keypoints, as ./clap train keypoint writes them")
    memory: str = Field("", description="of the policy, as ./clap train align writes it")


class Learned(StackAgent):
    """Obeys by plans as they were shown, learned keypoints, and demonstrations carried over.

    Args:
        settings: what it plays with.
    """

    settings_type = LearnedAgentSettings

    def __init__(self, settings: LearnedAgentSettings) -> None:
        taught = {"skills": settings.skills}
        super().__init__(
            planner="shown",
            finder="learned",
            policy="align",
            settings={
                PLANNERS: {**taught, "plans": settings.plans},
                KEYPOINT_FINDERS: {**taught, "weights": settings.weights},
                POLICIES: {**taught, "memory": settings.memory},
            },
        )


class ClapAgentSettings(BaseModel, frozen=True, extra="forbid"):
    """What it plays with; empty for what comes with the stack."""

    plans: str = Field("", description="folder of plans, as ./clap train plans writes it")
    weights: str = Field("", description="of keypoints, as ./clap train keypoint writes them")
    policy_weights: str = Field("", description="of the policy, as ./clap train policy writes them")


class Clap(StackAgent):
    """Obeys as `Learned` does, but key poses come from the network that was trained on them.

    Args:
        settings: what it plays with.
    """

    settings_type = ClapAgentSettings

    def __init__(self, settings: ClapAgentSettings) -> None:
        super().__init__(
            planner="shown",
            finder="learned",
            policy="clap",
            settings={
                PLANNERS: {"plans": settings.plans},
                KEYPOINT_FINDERS: {"weights": settings.weights},
                POLICIES: {"weights": settings.policy_weights},
            },
        )
