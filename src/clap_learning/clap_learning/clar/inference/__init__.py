"""Engines that run the encoder."""

from clap_learning.clar.inference.engine import EAGER, Engine
from clap_learning.clar.inference.registry import DEFAULT_ENGINE, ENGINES, make_engine

__all__ = ["DEFAULT_ENGINE", "EAGER", "ENGINES", "Engine", "make_engine"]
