"""A policy that moves in small steps: tokens of a cloud, state and words to chunks of actions."""
