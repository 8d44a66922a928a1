"""franka_ros2's topics, actions and services, over the protocols of ``clap_franka.robot``."""
