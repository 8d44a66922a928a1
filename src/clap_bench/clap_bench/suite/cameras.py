"""The suite's four RGB-D cameras: 256 x 256 pixels, a field of view of 49 degrees."""

from typing import Any

from clap_sim.world.cameras import STAND, Mount
from clap_sim.world.robot import BASE_FRAME, HAND_BODY

_SIZE: dict[str, Any] = {"width": 256, "height": 256, "focal_px": 280.0}

CAMERAS = (
    Mount("front", STAND, BASE_FRAME, (1.30, 0.0, 0.72), (0.48, 0.0, 0.10), **_SIZE),
    Mount("left_shoulder", STAND, BASE_FRAME, (-0.02, 0.62, 0.78), (0.55, 0.0, 0.12), **_SIZE),
    Mount("right_shoulder", STAND, BASE_FRAME, (-0.02, -0.62, 0.78), (0.55, 0.0, 0.12), **_SIZE),
    Mount(
        "wrist", HAND_BODY, HAND_BODY, (0.070, 0.0, 0.010), (0.0225, 0.0, 0.160),
        up=(1.0, 0.0, 0.0), **_SIZE,
    ),
)  # fmt: skip
"""Named like those of RLBench that GemBench uses. The places are this port's own."""
