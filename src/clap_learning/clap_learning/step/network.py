"""The network: queries of a chunk's steps look at tokens, state and words, and become actions.

A transformer decoder that is trained to say the next steps at once, as ACT does without its latent
(Zhao et al., RSS 2023, section IV): scripted experts have one way to do a thing, so that nothing
has to be sampled.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, Field, model_validator
from torch import Tensor, nn

from clap_learning.step.eyes import EncoderName, make_eyes

TEXT_DIM = 384
"""Of MiniLM's sentences."""

_PLACE = 3
"""The first numbers of the state: where the hand is, in the cloud's frame."""


class StepNetworkConfig(BaseModel, frozen=True, extra="forbid"):
    """The architecture; stored beside the weights."""

    encoder: EncoderName = Field("clar", description="clar: shipped weights; scratch; dp3.")
    tune: bool = Field(False, description="Whether CLAR's encoder is trained; DP3's always is.")
    width: int = Field(128, description="Features inside.", ge=16, le=2048)
    layers: int = Field(3, description="Of the decoder.", ge=1, le=32)
    heads: int = Field(4, description="Of attention.", ge=1, le=32)
    chunk: int = Field(8, description="Steps that are said at once.", ge=1, le=256)
    executed: int = Field(4, description="Those of them that are taken before a new look.", ge=1)
    state: int = Field(4, description="Numbers of the state.", ge=_PLACE)
    actions: int = Field(4, description="Numbers of an action.", ge=1)

    @model_validator(mode="after")
    def _check(self) -> StepNetworkConfig:
        if self.width % self.heads:
            raise ValueError("width must be a multiple of heads")
        if self.executed > self.chunk:
            raise ValueError("executed must not be more than chunk")
        return self

    @property
    def frozen(self) -> bool:
        """Whether the encoder stays as it is, so that each cloud is encoded once."""
        return self.encoder != "dp3" and not self.tune


class StepNetwork(nn.Module):
    """Tokens, state and words to a chunk of actions.

    Args:
        config: sizes.
    """

    state_mean: Tensor
    state_scale: Tensor

    def __init__(self, config: StepNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.eyes = make_eyes(config.encoder)
        self.eyes.requires_grad_(not config.frozen)
        self.see = nn.Linear(self.eyes.width + 2 * _PLACE, config.width)
        self.feel = nn.Linear(config.state, config.width)
        self.hear = nn.Linear(TEXT_DIM, config.width)
        self.queries = nn.Parameter(0.02 * torch.randn(config.chunk, config.width))
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(
                config.width, config.heads, 4 * config.width, dropout=0.0, activation="gelu",
                batch_first=True, norm_first=True,
            )
            for _ in range(config.layers)
        )  # fmt: skip
        self.norm = nn.LayerNorm(config.width)
        self.act = nn.Linear(config.width, config.actions)
        self.register_buffer("state_mean", torch.zeros(config.state))
        self.register_buffer("state_scale", torch.ones(config.state))

    def forward(self, tokens: Tensor, places: Tensor, states: Tensor, words: Tensor) -> Tensor:
        """Actions.

        Args:
            tokens: [B, T, width of the eyes].
            places: [B, T, 3] m where they are.
            states: [B, D]; their first three numbers are where the hand is.
            words: [B, TEXT_DIM].

        Returns:
            [B, chunk, A], about -1 to 1.
        """
        from_hand = places - states[:, None, :_PLACE]
        seen = self.see(torch.cat([tokens, 4.0 * places, 10.0 * from_hand], dim=-1))
        felt = self.feel((states - self.state_mean) / self.state_scale)[:, None]
        memory = torch.cat([self.hear(words)[:, None], felt, seen], dim=1)
        # Also added: what is asked of each step depends on both from the start.
        steps = self.queries + memory[:, :2].sum(dim=1, keepdim=True)
        for layer in self.layers:
            steps = layer(steps, memory)
        actions: Tensor = self.act(self.norm(steps))
        return actions
