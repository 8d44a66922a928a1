"""The node `realsense`: RealSense cameras by librealsense alone, without realsense-ros."""
