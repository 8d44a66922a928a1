"""RealSense cameras in ROS: what realsense-ros publishes, from hardware or from a simulation."""
