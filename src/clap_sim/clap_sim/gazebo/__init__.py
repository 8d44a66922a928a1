"""A scene's world for Gazebo: SDF and meshes, made from the MuJoCo model of the same scene.

Nothing here says where a thing is, how large or how heavy: all of that is read from the compiled
model, so the two simulations cannot drift apart.
"""
