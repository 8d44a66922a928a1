"""MuJoCo world with a simulated Franka and RealSense cameras that speak the drivers' names."""

import os

# Off-screen rendering without a display; MuJoCo reads it when it first makes a GL context.
os.environ.setdefault("MUJOCO_GL", "egl")
