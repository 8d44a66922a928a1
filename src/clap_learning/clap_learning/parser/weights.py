"""Folders of the parser's network."""

from __future__ import annotations

from pydantic import BaseModel, Field

from clap_learning.network_folder import NetworkFolder
from clap_learning.parser.network import ParserConfig, PointerParser


class ParserModelConfig(BaseModel, frozen=True, extra="forbid"):
    """What is said of a network beside its weights."""

    network: ParserConfig = ParserConfig()
    steps: int = Field(0, description="Updates of its training.", ge=0)


PARSER_FOLDER = NetworkFolder(
    "parser", "./clap train parser", ParserModelConfig, lambda config: PointerParser(config.network)
)
