"""Engines that run the encoder."""

from clap_learning.clar.inference.engine import Engine
from clap_learning.clar.inference.registry import DEFAULT_ENGINE, EAGER, ENGINES, make_engine

__all__ = ["DEFAULT_ENGINE", "EAGER", "ENGINES", "Engine", "make_engine"]
