"""Publishes the calibrated poses of the real cameras on /tf_static."""
