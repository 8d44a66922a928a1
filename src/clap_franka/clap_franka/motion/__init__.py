"""Joint trajectories: goals, splines, and what follows them."""
