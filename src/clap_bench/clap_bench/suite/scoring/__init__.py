"""Scores agents: plays episodes in worker processes, and counts."""
