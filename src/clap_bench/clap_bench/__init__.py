"""The benchmark suite: tasks, experts, scoring, demonstrations; scenes for pre-training."""
