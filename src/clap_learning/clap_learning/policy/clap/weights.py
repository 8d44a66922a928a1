"""Folders of the policy's network."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_learning.clar.config import EncoderConfig
from clap_learning.network_folder import NetworkFolder
from clap_learning.policy.clap.manners import Manner
from clap_learning.policy.clap.network import PolicyNetwork, PolicyNetworkConfig
from clap_learning.stored_network import StoredNetwork


class PolicyModelConfig(BaseModel, frozen=True, extra="forbid"):
    """What is said of a network beside its weights."""

    network: PolicyNetworkConfig
    encoder: EncoderConfig
    manners: tuple[Manner, ...] = Field(description="How sub-tasks are done, by their numbers.")
    kinds: dict[str, float] = Field(
        description="Of sub-tasks that were demonstrated, with how near to the keypoint at least "
        "one key pose of each came, m."
    )
    demonstrations: int = Field(0, description="That it was trained on.", ge=0)
    updates: int = Field(0, description="Of its training.", ge=0)


POLICY_FOLDER = NetworkFolder(
    StoredNetwork("policy", "./clap train policy", PolicyModelConfig),
    lambda config: PolicyNetwork(config.network, config.encoder),
)
