"""What is said of a parser beside its weights, and how it is kept."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_learning.parser.word_states import DIM
from clap_learning.stored_network import StoredNetwork


class ParserConfig(BaseModel, frozen=True, extra="forbid"):
    """Its sizes."""

    width: int = Field(160, description="Numbers of a word within the network.", ge=8)
    readers: int = Field(3, description="Layers that read the sentence.", ge=1)
    writers: int = Field(2, description="Layers that write the goals.", ge=1)
    heads: int = Field(4, description="Of attention.", ge=1)
    drop: float = Field(0.0, description="Share that is dropped in training.", ge=0, lt=1)
    longest: int = Field(96, description="Words of a sentence.", ge=8)
    embedding: int = Field(DIM, description="Numbers of a word that goes in.", ge=1)


class ParserModelConfig(BaseModel, frozen=True, extra="forbid"):
    """What is said of a network beside its weights."""

    network: ParserConfig = ParserConfig()
    steps: int = Field(0, description="Updates of its training.", ge=0)


STORED_PARSER = StoredNetwork("parser", "./clap train parser", ParserModelConfig)
