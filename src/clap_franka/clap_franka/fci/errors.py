"""What libfranka says, as errors with a cure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clap_core.errors import ClapError, ErrorCode

RECOVER = "clear the cause and call /action_server/error_recovery"


@dataclass(frozen=True)
class _Known:
    pattern: str
    code: ErrorCode
    name: str
    cure: str


_KNOWN = (
    _Known(
        "communication_constraints_violation",
        ErrorCode.ROBOT_REFLEX,
        "communication_constraints_violation: too many commands came late",
        "Use a realtime kernel and a direct cable, switch the CPU's frequency scaling off, take "
        f"load off this computer (./clap doctor tells); then {RECOVER}",
    ),
    _Known(
        "discontinuity",
        ErrorCode.ROBOT_REFLEX,
        "a discontinuity: the commands stepped, or some came late",
        f"Send slower and smoother trajectories, check the network (./clap doctor); then {RECOVER}",
    ),
    _Known(
        "limits_violation|joint_velocity_violation|cartesian_velocity_violation|power_limit",
        ErrorCode.ROBOT_REFLEX,
        "a limit of the robot was exceeded",
        f"Send slower trajectories that keep off the joints' ends; then {RECOVER}",
    ),
    _Known(
        "joint_reflex|cartesian_reflex|self_collision|instability",
        ErrorCode.ROBOT_REFLEX,
        "a collision",
        f"Clear what the arm hit; then {RECOVER}",
    ),
    _Known(
        "safety function|User ?Stop|UserStopped",
        ErrorCode.ROBOT_NOT_READY,
        "the user stop is pressed",
        "Release it (the external activation device), then send the motion again",
    ),
    _Known(
        r"current mode \(\"?Guiding",
        ErrorCode.ROBOT_NOT_READY,
        "the robot is being guided by hand",
        "Let go of the guiding buttons and wait a second",
    ),
    _Known(
        r"current mode \(\"?Reflex",
        ErrorCode.ROBOT_REFLEX,
        "the robot stopped by reflex before",
        RECOVER[0].upper() + RECOVER[1:],
    ),
    _Known(
        "current mode",
        ErrorCode.ROBOT_NOT_READY,
        "the robot takes no command in its present mode",
        "Open the joints' brakes and activate FCI in Desk, end what else commands the robot",
    ),
    _Known(
        "[Ii]ncompatible library version",
        ErrorCode.NODE_UNAVAILABLE,
        "this pylibfranka and the robot's system do not fit together",
        "pylibfranka 0.21 needs robot system 5.9 or later (FR3): update the robot in Desk, or "
        "install the pylibfranka of its version (Franka's compatibility table); the older Panda "
        "needs another library (docs/fci.md)",
    ),
    _Known(
        "refused",
        ErrorCode.NODE_UNAVAILABLE,
        "nothing serves FCI at this address",
        "Check robot_ip, and activate FCI in Desk (it needs the FCI feature installed)",
    ),
    _Known(
        "realtime|scheduling",
        ErrorCode.NODE_UNAVAILABLE,
        "this computer has no realtime kernel, or this user may not use its priorities",
        "Install a PREEMPT_RT kernel and add the user to the group realtime, or set "
        "realtime to ignore",
    ),
    _Known(
        "[Tt]imeout|interrupted|[Nn]o route|unreachable|not found|reset|[Cc]onnection",
        ErrorCode.NODE_UNAVAILABLE,
        "the connection to the robot is lost or was never there",
        "Check the cable, robot_ip and that the control box is on; one program at a time may "
        "command it, so end others (franka_ros2, Desk)",
    ),
    _Known(
        "gripper: Command failed",
        ErrorCode.GRIPPER_FAILED,
        "the hand did not do it",
        "Home it (`./clap home`); the width must be within its range",
    ),
)


def named(told: str, what: str) -> ClapError:
    """An error of libfranka with its name and cure.

    Args:
        told: libfranka's message, or an exception of it.
        what: what was done, as ``the motion``.
    """
    for known in _KNOWN:
        if re.search(known.pattern, told):
            return ClapError(known.code, f"{what}: {known.name} ({told})", known.cure)
    return ClapError(
        ErrorCode.INTERNAL, f"{what}: {told}", "Look at the log and at Desk; then start it again"
    )


def second_client(address: str) -> ClapError:
    """The robot does not answer a connection, since another program holds it."""
    return ClapError(
        ErrorCode.NODE_UNAVAILABLE,
        f"the robot at {address} does not answer: another program has the connection",
        "End it: franka_ros2, another fci_driver, or Desk's single point of control; or check "
        "robot_ip and that the control box is on",
    )


def not_homed() -> ClapError:
    """The hand does not know its width yet."""
    return ClapError(
        ErrorCode.GRIPPER_FAILED,
        "the hand is not homed: its largest width is 0",
        "Home it once after it was switched on: `./clap home`",
    )


def mode_refusal(mode: int, errors: str) -> ClapError | None:
    """Why the robot takes no motion in a mode (``RobotMode``); None where it does."""
    if mode == 3:
        return named('command not possible in the current mode ("Guiding")', "the robot")
    if mode == 4:
        return ClapError(
            ErrorCode.ROBOT_REFLEX,
            f"the robot stopped by reflex ({errors or 'see Desk'})",
            "Clear what it hit and call /action_server/error_recovery",
        )
    if mode == 5:
        return named("User Stop", "the robot")
    if mode == 0:
        return ClapError(
            ErrorCode.ROBOT_NOT_READY,
            "the joints' brakes are locked",
            "Open them in Desk and activate FCI",
        )
    return None
