"""What the probes saw; the checks need nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Computer:
    """This computer.

    Attributes:
        kernel: its release.
        is_realtime: whether the kernel is PREEMPT_RT.
        max_priority: highest realtime priority that this user may ask for; 0 is none.
        free_bytes: free space where recordings go.
        locks_memory: whether this user may lock all of a program's memory.
        governors: how the processors choose their frequency; empty where the kernel does not tell.
    """

    kernel: str
    is_realtime: bool
    max_priority: int
    free_bytes: int
    locks_memory: bool = True
    governors: tuple[str, ...] = ()


class Port(Enum):
    """What answers on a TCP port."""

    OPEN = "open"
    REFUSED = "refused"
    SILENT = "silent"


@dataclass(frozen=True)
class RobotLink:
    """The robot's control box over the network.

    Attributes:
        address: where it was looked for.
        desk: its web page's port.
        fci: the port of the Franka Control Interface.
        asked: whether FCI was asked for its version.
        fci_version: version of its protocol; None where it did not tell.
        connect_ms: how long connections took, milliseconds.
    """

    address: str
    desk: Port
    fci: Port
    asked: bool = True
    fci_version: int | None = None
    connect_ms: tuple[float, ...] = ()


@dataclass(frozen=True)
class UsbCamera:
    """A RealSense on this computer's USB.

    Attributes:
        product: what it calls itself.
        speed_mbps: of its link.
    """

    product: str
    speed_mbps: float


@dataclass(frozen=True)
class CameraPosesFile:
    """The file with the cameras' poses.

    Attributes:
        path: of the file.
        age_days: since the calibration, or since the file was changed.
        is_dated: whether the file itself says when the cameras were calibrated.
        is_shipped: whether it holds the poses that this project comes with.
        fault: why it cannot be read, with the cure; empty if it can.
    """

    path: str
    age_days: float = 0.0
    is_dated: bool = False
    is_shipped: bool = False
    fault: str = ""


@dataclass(frozen=True)
class Topic:
    """What came on a topic while it was listened to.

    Attributes:
        messages: their number.
        hz: how many a second.
        age_s: least age of a stamp, on the clock that counts; negative is from the future. NaN
            without messages.
    """

    messages: int
    hz: float
    age_s: float


@dataclass(frozen=True)
class Diagnosis:
    """What a node says of itself on /diagnostics.

    Attributes:
        level: 0 is good, 1 a warning, 2 an error, 3 silence.
        message: with the cure.
    """

    level: int
    message: str


@dataclass(frozen=True)
class RunningStack:
    """The running nodes.

    Attributes:
        nodes: full names of all that are seen.
        namespace: where the stack is; what belongs to others is left out.
        is_simulated: whether time comes from a simulation.
        seconds: how long was listened.
        topics: those that are listened to, by name; only such as have a publisher.
        cameras: names of those that publish.
        lost_frames: by camera, why its frame is not known.
        active: what the lifecycle manager says is missing; empty if all is active, None if it does
            not answer.
        robot_mode: of the robot's last state, None if none came.
        robot_errors: that are set in it.
        success_rate: share of commands that reached the robot in time, by its last state.
        diagnoses: by node.
    """

    nodes: tuple[str, ...]
    namespace: str = "/"
    is_simulated: bool = False
    seconds: float = 0.0
    topics: Mapping[str, Topic] = field(default_factory=dict)
    cameras: tuple[str, ...] = ()
    lost_frames: Mapping[str, str] = field(default_factory=dict)
    active: str | None = None
    robot_mode: str | None = None
    robot_errors: tuple[str, ...] = ()
    success_rate: float = 1.0
    diagnoses: Mapping[str, Diagnosis] = field(default_factory=dict)

    def full_name(self, name: str) -> str:
        """What one of the stack's names, as ``/tf``, is in its namespace."""
        return f"{self.namespace.rstrip('/')}{name}"


@dataclass(frozen=True)
class Seen:
    """All of it.

    Attributes:
        computer: this one.
        stack: what runs in ROS.
        robot: over the network; None where nobody said where it is.
        usb_cameras: on this computer; None where it has no USB to look at.
        calibration: the file with the cameras' poses.
    """

    computer: Computer
    stack: RunningStack
    calibration: CameraPosesFile
    robot: RobotLink | None = None
    usb_cameras: tuple[UsbCamera, ...] | None = None

    @property
    def has_robot(self) -> bool:
        """Whether a real robot is meant: one was named, or a stack runs on the time of the day."""
        return self.robot is not None or (bool(self.stack.nodes) and not self.stack.is_simulated)
