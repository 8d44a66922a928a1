"""A Franka hand whose fingers are a joint trajectory controller, as in Gazebo.

The node `trajectory_hand` serves franka_gripper's names on it.
"""
