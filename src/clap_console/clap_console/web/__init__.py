"""Serves the page over HTTP; knows nothing of ROS."""
