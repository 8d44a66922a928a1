"""The Franka FR3 with the Franka hand as a MuJoCo model.

The model is that of the franky-sim wheel (Apache-2.0): meshes, inertias, joint limits, friction.
What is changed, and why:

* light visual meshes (`meshes.decimated_meshes`), because software rendering pays for vertices;
* gravity compensation of all of the robot's bodies, as Franka's own controller does it;
* the fingers collide as three boxes each instead of a hull and five nubs: one flat pad of the
  real pad's size holds thin handles and walls by friction, and boxes are fast;
* bodies of the hand carry franka_description's names, and the site ``fr3_hand_tcp`` is added.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import mujoco

from clap_sim.world.meshes import decimated_meshes

ARM_JOINTS = tuple(f"fr3_joint{i}" for i in range(1, 8))
ARM_ACTUATORS = ARM_JOINTS
FINGER_JOINTS = ("finger_joint1", "finger_joint2")
GRIPPER_ACTUATOR = "hand"
GRIPPER_OPEN = 255.0
"""Control of the gripper's actuator that opens it wide."""
BASE_FRAME = "base"
HAND_BODY = "fr3_hand"
FINGER_BODIES = ("fr3_leftfinger", "fr3_rightfinger")
TCP_SITE = "fr3_hand_tcp"

HOME_RAD = (0.0, -0.78539816, 0.0, -2.35619449, 0.0, 1.57079633, 0.78539816)
"""Franka's "ready" pose: hand 0.49 m above the table, looking straight down."""

TCP_OFFSET_M = 0.1034
"""From the hand's flange to between the finger pads, along z of the hand (franka_description)."""

FINGER_TRAVEL_M = 0.04
"""Travel of one finger; the hand opens to twice as much."""

PAD_FRICTION = (1.0, 0.02, 0.0005)
"""Sliding [-], torsional [m], rolling [m] friction of the rubber pads. Rubber on glazed ceramic or
painted wood is about 0.8 to 1.2; the torsional radius is that of a pad's contact patch."""

ROBOT_COLLISION_GROUP = 3
VISUAL_GROUP = 2


def fr3_spec() -> mujoco.MjSpec:
    """A new, editable model of the robot alone, standing at the origin.

    Actuators are the file's: a position servo per arm joint (control in radians, named like the
    joints) and ``hand`` (0 closed to 255 open), which is weak: 2 N. A controller of another kind
    changes their gains in the compiled model.
    """
    assets = Path(str(files("franky_sim"))) / "assets"
    spec = mujoco.MjSpec.from_file(str(assets / "fr3.xml"))
    spec.modelname = "clap"
    spec.compiler.autolimits = True
    spec.meshdir = ""
    _use_light_meshes(spec, assets / "meshes")
    _set_physics(spec)
    _rename_hand(spec)
    for name in FINGER_BODIES:
        _replace_finger_collision(spec.body(name))
    for body in spec.bodies:
        if body.name != "world":
            body.gravcomp = 1.0
    # The file's home keyframe has no room for the scene's objects; World.reset does its job.
    for key in list(spec.keys):
        key.delete()
    return spec


def _use_light_meshes(spec: mujoco.MjSpec, source: Path) -> None:
    visual = tuple(mesh.file for mesh in spec.meshes if mesh.file.endswith("_vis.obj"))
    light = decimated_meshes(source, visual)
    for mesh in spec.meshes:
        mesh.file = str((light if mesh.file in visual else source) / mesh.file)


def _set_physics(spec: mujoco.MjSpec) -> None:
    option = spec.option
    option.timestep = 0.001
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    # Elliptic cones with a high impedance ratio keep a held object from creeping out of the
    # fingers, which pyramidal cones let it do (MuJoCo documentation, "Preventing slip").
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    spec.memory = 32 * 1024 * 1024


def _rename_hand(spec: mujoco.MjSpec) -> None:
    hand = spec.body("hand")
    hand.name = HAND_BODY
    for old, new in zip(("left_finger", "right_finger"), FINGER_BODIES, strict=True):
        spec.body(old).name = new
    hand.add_site(name=TCP_SITE, pos=[0.0, 0.0, TCP_OFFSET_M], size=[0.001] * 3, group=4)


def _replace_finger_collision(finger: mujoco.MjsBody) -> None:
    """Give a finger three boxes; in its frame the pad's face is y = 0 and the tip z = 53.9 mm."""
    for geom in list(finger.geoms):
        if geom.contype:
            geom.delete()
    boxes = {
        "pad": ([0.0, 0.0072, 0.0450], [0.0089, 0.0072, 0.0089]),
        "middle": ([0.0, 0.0175, 0.0210], [0.0095, 0.0070, 0.0150]),
        "root": ([0.0, 0.0144, 0.0030], [0.0105, 0.0119, 0.0030]),
    }
    for part, (position, half_size) in boxes.items():
        finger.add_geom(
            name=f"{finger.name}_{part}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=position,
            size=half_size,
            group=ROBOT_COLLISION_GROUP,
            mass=0.0,
            condim=4,
            friction=PAD_FRICTION,
            priority=1 if part == "pad" else 0,
            solref=[0.005, 1.0],
            solimp=[0.95, 0.99, 0.001, 0.5, 2.0],
        )
