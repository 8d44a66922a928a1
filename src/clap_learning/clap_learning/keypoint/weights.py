"""Folders of the keypoint network."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_learning.keypoint.calibration import ConfidenceCalibration
from clap_learning.keypoint.network import KeypointNetwork, NetworkConfig
from clap_learning.network_folder import NetworkFolder
from clap_learning.stored_network import StoredNetwork


class KeypointModelConfig(BaseModel, frozen=True, extra="forbid"):
    """What is said of a network beside its weights."""

    network: NetworkConfig = NetworkConfig()
    calibration: ConfidenceCalibration = ConfidenceCalibration()
    episodes: int = Field(0, description="That it was trained on.", ge=0)
    steps: int = Field(0, description="Updates of its training.", ge=0)


KEYPOINT_FOLDER = NetworkFolder(
    StoredNetwork("keypoint model", "./clap train keypoint", KeypointModelConfig),
    lambda config: KeypointNetwork(config.network),
)
