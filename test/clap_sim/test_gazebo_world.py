"""Gazebo's world of a scene is MuJoCo's: places, sizes, colours, masses, joints and cameras."""

from __future__ import annotations

import filecmp
from pathlib import Path
from xml.etree import ElementTree

import mujoco
import numpy as np
import pytest
import sdf_tools
import yaml
from sdf_tools import child, number, numbers, pose, read

from clap_cli.__main__ import main
from clap_core.camera import CameraIntrinsics
from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame
from clap_core.errors import ClapError
from clap_sim.gazebo.cameras import STAND_CAMERAS, camera_topic
from clap_sim.gazebo.export import export_world
from clap_sim.gazebo.world_file import SYSTEMS
from clap_sim.scenes import SCENES, scene
from clap_sim.world import World
from clap_sim.world.room import Appearance, add_room
from clap_sim.world.scene import SceneModel

ROOT = Path(__file__).parents[2]
SEED = 3
EXACT = 1e-6
Kind = mujoco.mjtGeom


class Exported:
    """A scene in both forms."""

    def __init__(self, name: str, out: Path) -> None:
        self.world = World(scene(name), SEED)
        self.out = out
        self.file = export_world(self.world, out)
        self.root = read(self.file)
        self.placed = {
            str(child(include, "name").text): pose(include)
            for include in self.root.findall("world/include")
        }

    def model(self, name: str) -> ElementTree.Element:
        return child(read(self.out / "models" / name / "model.sdf"), "model")


@pytest.fixture(scope="module", params=SCENES)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(request.param, tmp_path_factory.mktemp("world") / request.param)


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported("drawer", tmp_path_factory.mktemp("world"))


def bodies(exported: Exported) -> list[tuple[str, int, ElementTree.Element, np.ndarray]]:
    """Each object's name, body of the MuJoCo model, link, and the link's pose in the world."""
    model = exported.world.model
    found = []
    for item in exported.world.standing:
        sdf_model = exported.model(item.name)
        for body in range(item.body_id, model.nbody):
            if model.body_rootid[body] != item.body_id:
                break
            name = model.body(body).name
            (link,) = [link for link in sdf_model.findall("link") if link.get("name") == name]
            found.append((item.name, body, link, exported.placed[item.name] @ pose(link)))
    return found


def mujoco_pose(position: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    transform = np.eye(4)
    transform[:3, :3], transform[:3, 3] = matrix.reshape(3, 3), position
    return transform


def check_geoms(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    body: int,
    link: ElementTree.Element,
    world_T_link: np.ndarray,
) -> int:
    """Compare all geoms of a body with what its link has of them; how many."""
    touched = {c.get("name"): c for c in link.findall("collision")}
    seen = {c.get("name"): c for c in link.findall("visual")}
    for geom in np.flatnonzero(model.geom_bodyid == body):
        collides = bool(model.geom_contype[geom])
        assert (f"collision_{geom}" in touched) is collides
        assert (f"visual_{geom}" in seen) is (int(model.geom_group[geom]) != 3)
        for element in (touched.pop(f"collision_{geom}", None), seen.pop(f"visual_{geom}", None)):
            if element is None:
                continue
            world_T_geom = world_T_link @ pose(element)
            wanted = mujoco_pose(data.geom_xpos[geom], data.geom_xmat[geom])
            np.testing.assert_allclose(world_T_geom, wanted, atol=EXACT)
            check_shape(model, int(geom), child(element, "geometry"))
            if element.tag == "collision":
                friction = child(element, "surface/friction/ode")
                for name in ("mu", "mu2"):
                    assert number(friction, name) == pytest.approx(model.geom_friction[geom, 0])
            else:
                check_colour(model, int(geom), element)
    assert not touched and not seen
    return int((model.geom_bodyid == body).sum())


def check_shape(model: mujoco.MjModel, geom: int, geometry: ElementTree.Element) -> None:
    kind, size = Kind(model.geom_type[geom]), model.geom_size[geom]
    if kind == Kind.mjGEOM_BOX:
        np.testing.assert_allclose(numbers(geometry, "box/size"), 2 * size, atol=EXACT)
    elif kind in (Kind.mjGEOM_CYLINDER, Kind.mjGEOM_CAPSULE):
        shape = child(geometry, "cylinder" if kind == Kind.mjGEOM_CYLINDER else "capsule")
        assert number(shape, "radius") == pytest.approx(size[0])
        assert number(shape, "length") == pytest.approx(2 * size[1])
    elif kind == Kind.mjGEOM_PLANE:
        assert numbers(geometry, "plane/normal") == [0, 0, 1]
        np.testing.assert_allclose(numbers(geometry, "plane/size"), 2 * size[:2])
    else:
        assert kind == Kind.mjGEOM_MESH
        uri = str(child(geometry, "mesh/uri").text)
        assert uri.endswith(f"/meshes/{model.mesh(model.geom_dataid[geom]).name}.obj")


def check_colour(model: mujoco.MjModel, geom: int, visual: ElementTree.Element) -> None:
    rgba = model.geom_rgba[geom]
    if model.geom_matid[geom] >= 0:
        assert model.mat(model.geom_matid[geom]).name == "table_top"
        rgba = [*Appearance().top_rgb, 1.0]
    for channel in ("ambient", "diffuse"):
        found = numbers(visual, f"material/{channel}")
        np.testing.assert_allclose(found, rgba, atol=1.0 / 255)


def test_every_object_stands_where_it_does_in_mujoco(exported: Exported) -> None:
    world = exported.world
    assert set(world.objects) <= set(exported.placed)
    for name in world.objects:
        np.testing.assert_allclose(exported.placed[name], world.base_T_object(name), atol=EXACT)


def test_every_part_has_the_mass_and_the_inertia_that_it_has_in_mujoco(exported: Exported) -> None:
    model, data = exported.world.model, exported.world.data
    for name, body, link, world_T_link in bodies(exported):
        inertial = child(link, "inertial")
        assert number(inertial, "mass") == pytest.approx(model.body_mass[body]), name
        world_T_center = world_T_link @ pose(inertial)
        wanted = mujoco_pose(data.xipos[body], data.ximat[body])
        np.testing.assert_allclose(world_T_center, wanted, atol=EXACT)
        moments = [number(inertial, f"inertia/i{axis}{axis}") for axis in "xyz"]
        np.testing.assert_allclose(moments, model.body_inertia[body], rtol=1e-6)
        assert not any(number(inertial, f"inertia/{pair}") for pair in ("ixy", "ixz", "iyz"))


def test_every_part_has_the_shapes_colours_and_friction_that_it_has_in_mujoco(
    exported: Exported,
) -> None:
    model, data = exported.world.model, exported.world.data
    count = sum(
        check_geoms(model, data, body, link, world_T_link)
        for _, body, link, world_T_link in bodies(exported)
    )
    assert count or exported.world.scene.name == "empty"
    room = exported.model("room")
    assert child(room, "static").text == "true"
    assert check_geoms(model, data, 0, child(room, "link"), np.eye(4)) >= 10


def test_what_is_loose_is_loose_and_the_rest_is_fixed(exported: Exported) -> None:
    for item in exported.world.standing:
        fixed = [
            joint
            for joint in exported.model(item.name).findall("joint")
            if child(joint, "parent").text == "world"
        ]
        assert len(fixed) == (0 if item.model.movable else 1)
        assert all(joint.get("type") == "fixed" for joint in fixed)


def test_inner_joints_have_the_travel_and_the_springs_of_mujoco(exported: Exported) -> None:
    model = exported.world.model
    checked = 0
    for item in exported.world.standing:
        for joint in exported.model(item.name).findall("joint"):
            if joint.get("type") == "fixed":
                continue
            source = model.joint(joint.get("name"))
            dof = source.dofadr[0]
            axis, dynamics = child(joint, "axis"), child(joint, "axis/dynamics")
            assert joint.get("type") == "prismatic" and source.type[0] == 2
            assert child(joint, "parent").text == item.name
            assert child(joint, "child").text == model.body(source.bodyid[0]).name
            np.testing.assert_allclose(numbers(axis, "xyz"), source.axis)
            limits = [number(axis, f"limit/{end}") for end in ("lower", "upper")]
            np.testing.assert_allclose(limits, source.range)
            assert number(dynamics, "damping") == pytest.approx(model.dof_damping[dof])
            assert number(dynamics, "friction") == pytest.approx(model.dof_frictionloss[dof])
            assert number(dynamics, "spring_stiffness") == pytest.approx(source.stiffness[0])
            assert number(dynamics, "spring_reference") == pytest.approx(
                source.qpos_spring[0], abs=1e-9
            )
            checked += 1
    assert checked == {"buttons": 3, "drawer": 1}.get(exported.world.scene.name, 0)


def test_cameras_are_where_the_calibration_file_has_them(exported: Exported) -> None:
    file = yaml.safe_load((ROOT / "config/cameras.yaml").read_text())
    given = file["/camera_extrinsics"]["ros__parameters"]
    assert [mount.name for mount in STAND_CAMERAS] == ["front", "left", "right"]
    for mount in STAND_CAMERAS:
        model = exported.model(f"camera_{mount.name}")
        world_T_link = pose(model) @ pose(child(model, "link"))
        np.testing.assert_allclose(
            world_T_link @ LINK_T_OPTICAL, mount.parent_T_optical(), atol=EXACT
        )
        x, y, z, w = given[mount.name]["rotation"]
        rotation = np.zeros(9)
        mujoco.mju_quat2Mat(rotation, np.array([w, x, y, z]))
        np.testing.assert_allclose(world_T_link[:3, :3].ravel(), rotation, atol=1e-5)
        np.testing.assert_allclose(world_T_link[:3, 3], given[mount.name]["translation"])
        assert f"camera_{mount.name}" in exported.placed
        assert world_T_link[2, 2] > 0.5, "z of the link is up"


def test_cameras_see_with_the_optics_of_the_simulated_ones(exported: Exported) -> None:
    model = exported.world.model
    for mount in STAND_CAMERAS:
        sensor = child(exported.model(f"camera_{mount.name}"), "link/sensor")
        camera = child(sensor, "camera")
        fovy = float(np.radians(model.cam_fovy[model.camera(mount.name).id]))
        wanted = CameraIntrinsics.from_field_of_view(mount.width, mount.height, fovy)
        width, height = number(camera, "image/width"), number(camera, "image/height")
        assert (width, height) == (wanted.width, wanted.height) == (640, 480)
        focal = 0.5 * width / np.tan(0.5 * number(camera, "horizontal_fov"))
        assert focal == pytest.approx(wanted.fx) == pytest.approx(wanted.fy)
        assert child(camera, "image/format").text == "R8G8B8"
        assert child(camera, "optical_frame_id").text == color_frame(mount.name)
        assert sensor.get("type") == "rgbd_camera"
        assert child(sensor, "topic").text == camera_topic(mount.name) == f"camera/{mount.name}"


def test_light_and_gravity_are_those_of_mujoco(exported: Exported) -> None:
    model, world = exported.world.model, child(exported.root, "world")
    assert world.get("name") == "clap"
    assert numbers(world, "gravity") == pytest.approx(model.opt.gravity)
    assert number(world, "physics/max_step_size") == 0.001
    lights = world.findall("light")
    assert len(lights) == model.nlight == 2
    for number_, light in enumerate(lights):
        assert light.get("type") == "directional"
        np.testing.assert_allclose(numbers(light, "direction"), model.light_dir[number_], atol=1e-6)
        assert numbers(light, "diffuse")[:3] == pytest.approx(model.light_diffuse[number_])
    systems = {plugin.get("filename"): plugin.get("name") for plugin in world.findall("plugin")}
    assert systems == SYSTEMS
    assert {"gz-sim-sensors-system", "gz-sim-user-commands-system"} <= systems.keys()
    assert child(world, "plugin/render_engine").text == "ogre2"


def test_only_elements_of_the_specification_are_written(exported: Exported) -> None:
    files = [exported.file, *exported.out.glob("models/*/model.sdf")]
    assert len(files) == 1 + len(exported.placed)
    for file in files:
        root = read(file)
        assert root.tag == "sdf" and root.get("version") == "1.9"
        assert sdf_tools.unknown(root) == []
        for element in root.iter():
            names = [item.get("name") for item in element if item.get("name")]
            assert len(names) == len(set(names)), (file, names)


def test_every_name_that_a_file_uses_is_there(exported: Exported) -> None:
    for include in exported.root.findall("world/include"):
        name = str(child(include, "uri").text).removeprefix("model://")
        folder = exported.out / "models" / name
        config = ElementTree.parse(folder / "model.config").getroot()
        assert child(config, "name").text == name and child(config, "sdf").text == "model.sdf"
        model = child(read(folder / "model.sdf"), "model")
        assert model.get("name") == name == child(include, "name").text
        for uri in model.iter("uri"):
            assert uri.text is not None and uri.text.startswith(f"model://{name}/meshes/")
            assert (folder.parent / uri.text.removeprefix("model://")).is_file()


def test_the_real_checker_finds_the_world_valid(exported: Exported) -> None:
    command = sdf_tools.checker()
    if command is None:
        pytest.skip("neither `gz sdf` nor Debian's `ign sdf` is installed here")
    told = sdf_tools.check(command, exported.file, exported.out / "models")
    assert "Valid." in told and "Error" not in told.replace("Library error", ""), told


def test_the_real_checker_would_find_a_fault(drawer: Exported, tmp_path: Path) -> None:
    command = sdf_tools.checker()
    if command is None:
        pytest.skip("neither `gz sdf` nor Debian's `ign sdf` is installed here")
    text = (drawer.out / "models/blue_drawer/model.sdf").read_text()
    (tmp_path / "model.sdf").write_text(text.replace("<child>blue_drawer_tray", "<child>nothing"))
    told = sdf_tools.check(command, tmp_path / "model.sdf", drawer.out / "models")
    assert "Valid." not in told


def test_a_mesh_is_the_one_that_mujoco_draws(exported: Exported) -> None:
    model = exported.world.model
    for file in exported.out.glob("models/*/meshes/*.obj"):
        mesh = model.mesh(file.stem)
        lines = [line.split() for line in file.read_text().splitlines()]
        vertices = np.array([line[1:] for line in lines if line[0] == "v"], dtype=float)
        normals = np.array([line[1:] for line in lines if line[0] == "vn"], dtype=float)
        start = mesh.vertadr[0]
        np.testing.assert_array_equal(
            vertices.astype(np.float32), model.mesh_vert[start : start + mesh.vertnum[0]]
        )
        corners = [[part.split("//") for part in line[1:]] for line in lines if line[0] == "f"]
        faces = np.array(corners, dtype=int) - 1
        triangles = vertices[faces[:, :, 0]]
        volume = np.einsum(
            "ij,ij->", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])
        ) / 6.0  # fmt: skip
        assert volume > 0.0, "faces must turn outwards"
        across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-15)
        for corner in range(3):
            along = np.einsum("ij,ij->i", across, normals[faces[:, corner, 1]])
            assert along.min() > 0.7, "a normal that shades across a sharp edge"


def test_the_same_scene_and_seed_give_the_same_files(drawer: Exported, tmp_path: Path) -> None:
    again = Exported("drawer", tmp_path / "again")
    files = sorted(path.relative_to(drawer.out) for path in drawer.out.rglob("*.*"))
    same, different, missing = filecmp.cmpfiles(
        drawer.out, again.out, [str(file) for file in files], shallow=False
    )
    assert (different, missing) == ([], []) and len(same) == len(files) > 8


def test_a_new_scene_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "world"
    Exported("drawer", out)
    (out / "mine.txt").write_text("keep")
    Exported("empty", out)
    assert not (out / "models/blue_drawer").exists() and (out / "mine.txt").exists()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/models").mkdir()
    with pytest.raises(ClapError, match="holds other things"):
        Exported("empty", tmp_path / "thesis")
    assert (tmp_path / "thesis/models").is_dir()


def test_a_scene_with_mechanisms_is_refused(tmp_path: Path) -> None:
    class Latch:
        def build(self, spec: mujoco.MjSpec) -> None: ...

        def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> Latch:
            return self

        def reset(self) -> None: ...

        def before_step(self) -> None: ...

    world = World(SceneModel("latched", "A latch.", "open it", mechanisms=(Latch(),)))
    with pytest.raises(ClapError, match="mechanisms"):
        export_world(world, tmp_path / "out")


def test_a_pattern_has_its_mean_colour() -> None:
    from clap_sim.gazebo.shapes import colour_of

    spec = mujoco.MjSpec()
    add_room(spec, Appearance(pattern="checked", top_rgb=(0.5, 0.4, 0.3)))
    model = spec.compile()
    colour = colour_of(model, model.geom("table").id)
    np.testing.assert_allclose(colour, [0.495, 0.396, 0.297, 1.0], atol=0.01)


def test_the_command_writes_a_world_and_tells_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["--scene", "blocks", "--out", "here", "--seed", "5", "--camera-rate", "4"]
    assert main(["gazebo", "world", *arguments]) == 0
    assert capsys.readouterr().out == str(tmp_path / "here")
    camera = child(read(tmp_path / "here/models/camera_left/model.sdf"), "model")
    assert number(camera, "link/sensor/update_rate") == 4.0
    placed = {
        str(child(i, "name").text): pose(i)
        for i in read(tmp_path / "here/world.sdf").iter("include")
    }
    wanted = World(scene("blocks"), 5).base_T_object("red_block")
    np.testing.assert_allclose(placed["red_block"], wanted, atol=EXACT)
