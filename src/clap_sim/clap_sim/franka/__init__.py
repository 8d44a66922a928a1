"""The simulated Franka: arm, hand and controller box behind franka_ros2's names.

Everything here but the modules ``ros_*.py`` is free of ROS and steps with the physics.
"""
