"""The arm: its constants, kinematics, collision model, trajectories and motion planning."""
