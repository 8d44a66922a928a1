"""Baseline backends: no learning, no ground truth, what learned models have to beat."""
