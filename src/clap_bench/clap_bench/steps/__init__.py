"""Suites that are played in small steps, not in key poses: their protocol, agents and scoring."""
