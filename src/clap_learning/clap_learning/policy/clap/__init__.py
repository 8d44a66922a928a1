"""The learned fine policy: from what is around a keypoint to the key poses of a sub-task."""
