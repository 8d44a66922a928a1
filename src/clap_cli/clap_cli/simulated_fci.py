"""A Franka that speaks the FCI: franka-sim in an environment and a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

from clap_core.errors import ClapError, ErrorCode

PROGRAM = Path(__file__).with_name("franka_sim_program.py")
ENVIRONMENT = Path(sys.prefix) / "franka-sim-1.1.7"
LEAST_ARMATURE = 0.15
"""kg m^2. franka-sim damps each joint with up to 200 Nm s/rad a millisecond after it was measured:
one that is lighter than half of their product (0.1) trembles, as the model's last joint does."""
PACKAGES = ("franka-sim==1.1.7", "numpy==1.26.4", "mujoco==3.2.7")


def simulated_fci_python() -> Path:
    """The interpreter of franka-sim's environment, which is made once and kept in ours.

    It wants other versions of numpy and mujoco than this stack.

    Raises:
        ClapError: NODE_UNAVAILABLE, pip cannot have it.
    """
    python = ENVIRONMENT / "bin" / "python"
    if (ENVIRONMENT / "complete").exists():
        return python
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_PRELOAD"))}
    base = Path(sys.base_prefix) / "bin" / "python3"
    for command in (
        [str(base), "-m", "venv", str(ENVIRONMENT)],
        [str(python), "-m", "pip", "install", "--quiet", *PACKAGES],
    ):
        made = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"franka-sim cannot be installed: {made.stderr.strip()[-300:]}",
                "Check the network, then run it again",
            )
    (ENVIRONMENT / "complete").touch()
    return python


def arm_model(folder: Path) -> Path:
    """The FR3 without its hand as MJCF, from the model that the simulator of this stack uses."""
    assets = Path(str(files("franky_sim"))) / "assets"
    tree = ElementTree.parse(assets / "fr3.xml")
    robot = tree.getroot()
    for name in ("tendon", "equality", "keyframe"):
        robot.remove(_found(robot, name))
    _found(robot, "compiler").set("meshdir", str(assets / "meshes"))
    actuators = _found(robot, "actuator")
    actuators.remove(_found(actuators, "general"))
    for parent in list(robot.iter("body")):
        for body in parent.findall("body"):
            if body.get("name") == "hand":
                parent.remove(body)
    for joint in robot.iter("joint"):
        if "armature" in joint.attrib:
            joint.set("armature", str(max(LEAST_ARMATURE, float(joint.attrib["armature"]))))
    file = folder / "fr3_arm.xml"
    tree.write(file)
    return file


def _found(parent: ElementTree.Element, name: str) -> ElementTree.Element:
    element = parent.find(name)
    assert element is not None, name
    return element


class SimulatedFci:
    """The server's process.

    Args:
        folder: for the arm's model.
        strict: whether late commands and commands beyond the limits end a motion, as on the robot.

    Attributes:
        address: where it listens; one of its own for each process.
    """

    def __init__(self, folder: Path, strict: bool = False) -> None:
        pid = os.getpid()
        self.address = f"127.{1 + pid // 65536 % 200}.{pid // 256 % 256}.{1 + pid % 254}"
        python = simulated_fci_python()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment.pop("LD_PRELOAD", None)
        environment["FR3_MJCF"] = str(arm_model(folder))
        options = ["strict"] if strict else []
        self._process = subprocess.Popen(
            [str(python), str(PROGRAM), self.address, *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._expect("ready")

    def order(self, *words: object) -> None:
        """Tell it something, see ``franka_sim_program``."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        self._expect("done")

    def unplug(self) -> None:
        """From now on nothing comes from it."""
        self._process.send_signal(signal.SIGSTOP)

    def plug(self) -> None:
        """It goes on."""
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End it."""
        self.plug()
        self._process.kill()
        self._process.wait()

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line == word, f"franka-sim says {line!r} instead of {word!r}"
