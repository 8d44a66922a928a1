"""Fine policies: from a sub-task, its keypoint and what is seen there to key poses."""
