"""Other encoders of point clouds, to compare CLAR with."""
