"""What is looked at: the computer, the network, USB and the ROS graph."""
