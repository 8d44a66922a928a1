"""The cloud_fusion node: several RGB-D cameras to one cloud in the base frame."""
