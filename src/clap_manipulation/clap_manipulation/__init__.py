"""Nodes that act: task planner, task executive, Franka action execution."""
