"""The referee, who knows the true state: did it come true? For success checks only."""

from clap_sim.referee.node import RefereeService

__all__ = ["RefereeService"]
