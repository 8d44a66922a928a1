"""A Franka in ROS: franka_ros2's interfaces, over a robot or a simulation of one.

``front`` is all that has to do with ROS; it talks to a robot by the protocols of ``robot``.
"""
