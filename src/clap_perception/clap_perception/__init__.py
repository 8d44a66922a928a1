"""Nodes that see: cloud fusion, keypoint service, fine policy."""
