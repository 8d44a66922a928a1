"""Hand-eye calibration: where a camera is, from looks at a board while the arm moves.

No ROS: images, joint positions and stamps come in as arrays and numbers.
"""
