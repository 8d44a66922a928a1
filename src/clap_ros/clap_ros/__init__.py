"""What the stack's ROS nodes share: parameters from typed models, images, clouds, the transform buffer, deadlines, diagnostics."""
