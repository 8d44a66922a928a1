"""Serves franka-sim's FCI on one address; a program of franka-sim's own environment.

It tells `ready` on its standard output once arm and hand listen. On its standard input it takes
orders, a line each, and answers each with `done`: `user_stop`, `release`, `guiding`, `unhomed`,
`old`, `error NUMBER` (of research_interface::robot::Error). It ends when that closes.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time

from franka_sim.franka_protocol import ConnectStatus, MoveStatus
from franka_sim.franka_sim_server import FrankaSimServer
from franka_sim.gripper.backend import FrankaHandSim

IDLE, GUIDING, USER_STOPPED = 1, 3, 5
ARM_PORT, HAND_PORT = 1337, 1338


class SlowHand(FrankaHandSim):
    """The fingers take the time that the speed says, and can be stopped, as the robot's."""

    stopped = threading.Event()

    def move(self, width: float, speed: float) -> bool:
        """Go to a width."""
        self.stopped.clear()
        if self.stopped.wait(abs(width - self.width) / speed):
            return False
        return super().move(width, speed)

    def stop(self) -> bool:
        """End a running move."""
        self.stopped.set()
        return True


class PinnedMode(dict):  # type: ignore[type-arg]
    """A robot's state whose mode stays while it is pinned, whatever a motion's end makes of it."""

    pinned: int | None = None

    def pin(self, mode: int | None) -> None:
        """The mode from now on; None leaves it to the robot again."""
        self.pinned = None
        super().__setitem__("robot_mode", IDLE if mode is None else mode)
        self.pinned = mode

    def __setitem__(self, key: object, value: object) -> None:
        """As a dictionary's."""
        if key != "robot_mode" or self.pinned is None:
            super().__setitem__(key, value)


def state(server: FrankaSimServer) -> PinnedMode:
    """The robot's state."""
    robot_state = server.robot_state
    if not isinstance(robot_state.state, PinnedMode):
        robot_state.state = PinnedMode(robot_state.state)
    return robot_state.state


def emergency_stop(server: FrankaSimServer) -> None:
    """What the user stop does: the arm stands, the motion is answered as aborted by it."""
    with server._motion_lock:
        state(server).pin(USER_STOPPED)
        server._engage_idle_hold("user stop")
        if server.current_motion_id:
            status = MoveStatus.kPreemptedDueToActivatedSafetyFunctions
            packed = server._states_packed
            server._pending_move_response = (server.current_motion_id, status, packed)
            server.current_motion_id = 0


def refuse_libraries(server: FrankaSimServer) -> None:
    """From now on every connection is told that its version does not fit."""
    answer = server.send_response

    def refuse(client: socket.socket, command: int, command_id: int, **_: object) -> None:
        answer(client, command, command_id, ConnectStatus.kIncompatibleLibraryVersion, 9)

    server.send_response = refuse


def carry_out(server: FrankaSimServer, order: str, *numbers: str) -> None:
    """One line of the standard input."""
    if order == "user_stop":
        emergency_stop(server)
    elif order == "release":
        state(server).pin(None)
    elif order == "guiding":
        state(server).pin(GUIDING)
    elif order == "unhomed":
        server.gripper_server.backend.max_width = 0.0
    elif order == "old":
        refuse_libraries(server)
    elif order == "error":
        server._abort_with_error(int(numbers[0]), "asked for")
    else:
        raise SystemExit(f"no order {order}")


def listens(host: str, port: int) -> bool:
    """Whether somebody does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def main() -> None:
    """Serve until the standard input closes."""
    logging.disable(logging.CRITICAL)
    host, strict = sys.argv[1], "strict" in sys.argv[2:]
    server = FrankaSimServer(
        host=host,
        gripper_backend=SlowHand(object_width=0.03),
        enforce_comm_constraints=strict,
        enforce_motion_limits=strict,
    )
    threading.Thread(target=server.start, daemon=True).start()
    while not (listens(host, ARM_PORT) and listens(host, HAND_PORT)):
        time.sleep(0.05)
    print("ready", flush=True)
    for line in sys.stdin:
        carry_out(server, *line.split())
        print("done", flush=True)
    os._exit(0)


main()
