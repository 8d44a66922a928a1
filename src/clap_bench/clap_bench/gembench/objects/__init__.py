"""The objects of the tasks, made in code."""
