"""The learned models of the stack and their training. No ROS, no simulator."""
