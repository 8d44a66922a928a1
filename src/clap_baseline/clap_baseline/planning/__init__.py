"""From commands to sub-tasks, for a hand that holds one thing."""
