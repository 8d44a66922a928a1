"""The simulated Franka: arm, hand and controller box. It is free of ROS and steps with the physics.

``clap_franka.front`` serves it under franka_ros2's names.
"""
