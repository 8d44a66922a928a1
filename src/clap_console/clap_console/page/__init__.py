"""What the page tells, as plain values: the task, the nodes' health, pictures, the scene."""
