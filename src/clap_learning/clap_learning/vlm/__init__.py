"""Keypoints by a vision-language model (Qwen2.5-VL): CLAP's coarse branch as published.

Two rounds over the cameras' pictures: which things there are and what the step is, then one pixel
in each picture for where it happens; lifted to 3D by the views' rays and depth (arXiv 2509.23575).
"""
