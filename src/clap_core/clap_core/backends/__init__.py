"""The replaceable parts of the stack: what each is asked, what it sees, and one by its name.

A new backend is one class, registered under its capability's entry point. Learned backends live
in their own package, so that neither the nodes nor this package import them. See docs/backends.md.
"""

from clap_core.backends.capabilities import (
    Backend,
    CloudEncoder,
    KeypointFinder,
    Planner,
    Policy,
    SmallStepPolicy,
)
from clap_core.backends.keypoint_answer import KeypointAnswer
from clap_core.backends.registry import (
    ENCODERS,
    KEYPOINT_FINDERS,
    PLANNERS,
    POLICIES,
    STEP_POLICIES,
    NoSettings,
    available,
    create,
    settings_type,
)
from clap_core.backends.scene import Observation, Scene

__all__ = [
    "ENCODERS",
    "KEYPOINT_FINDERS",
    "PLANNERS",
    "POLICIES",
    "STEP_POLICIES",
    "Backend",
    "CloudEncoder",
    "KeypointAnswer",
    "KeypointFinder",
    "NoSettings",
    "Observation",
    "Planner",
    "Policy",
    "Scene",
    "SmallStepPolicy",
    "available",
    "create",
    "settings_type",
]
