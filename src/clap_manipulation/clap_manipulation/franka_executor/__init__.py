"""Executes key actions on a Franka arm and hand: checks, plans, moves, grasps, and stops."""
