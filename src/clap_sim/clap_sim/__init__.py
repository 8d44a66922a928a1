"""MuJoCo world with a simulated Franka and simulated RealSense cameras that speak the drivers' names."""
