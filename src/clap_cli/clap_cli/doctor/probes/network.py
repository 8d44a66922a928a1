"""Looks at the robot's control box over the network, without taking its control.

FCI takes one client at a time. Asked for a protocol version that does not exist, it tells its own
and opens no session (message layout: libfranka's research_interface, command Connect).
"""

from __future__ import annotations

import socket
import struct
import time

from clap_cli.doctor.seen import Port, RobotLink

FCI_PORT, DESK_PORT = 1337, 443
TIMEOUT_S = 1.0
CONNECTIONS = 40
PAUSE_S = 0.01

_HEADER = struct.Struct("<III")
"""Command, its number, size of the whole message in bytes."""
_REQUEST = struct.Struct("<HH")
"""Version of the library, UDP port for the robot's state."""
_ANSWER = struct.Struct("<BH")
"""Status, version of the server."""
_CONNECT = 0
_NO_VERSION = 0


def robot_link(
    address: str,
    ask_version: bool,
    fci_port: int = FCI_PORT,
    desk_port: int = DESK_PORT,
    connections: int = CONNECTIONS,
) -> RobotLink:
    """What answers at an address, and how fast.

    Args:
        address: of the control box.
        ask_version: whether to ask FCI for its version; not while a driver holds it.
        fci_port, desk_port: where they listen.
        connections: how many are timed.
    """
    desk, _ = port_state(address, desk_port)
    fci, _ = port_state(address, fci_port)
    timed = next((p for p, seen in ((desk_port, desk), (fci_port, fci)) if seen is Port.OPEN), None)
    times = []
    if timed is not None:
        for _ in range(connections):
            port, took_ms = port_state(address, timed)
            if port is Port.OPEN:
                times.append(took_ms)
            time.sleep(PAUSE_S)
    version = fci_version(address, fci_port) if ask_version and fci is Port.OPEN else None
    return RobotLink(address, desk, fci, ask_version, version, tuple(times))


def port_state(address: str, port: int) -> tuple[Port, float]:
    """Whether a port is open, and after what time that was known, milliseconds."""
    began = time.perf_counter()
    try:
        with socket.create_connection((address, port), TIMEOUT_S):
            return Port.OPEN, 1000 * (time.perf_counter() - began)
    except ConnectionRefusedError:
        return Port.REFUSED, 1000 * (time.perf_counter() - began)
    except OSError:  # no route, no such name, no answer
        return Port.SILENT, 1000 * (time.perf_counter() - began)


def fci_version(address: str, port: int) -> int | None:
    """Version of FCI's protocol; None where it does not tell, as when another program holds it."""
    request = _HEADER.pack(_CONNECT, 0, _HEADER.size + _REQUEST.size)
    request += _REQUEST.pack(_NO_VERSION, 0)
    try:
        with socket.create_connection((address, port), TIMEOUT_S) as link:
            link.sendall(request)
            link.settimeout(TIMEOUT_S)
            answer = b""
            while len(answer) < _HEADER.size + _ANSWER.size:
                part = link.recv(64)
                if not part:
                    return None
                answer += part
    except OSError:
        return None
    command, _, _ = _HEADER.unpack_from(answer)
    if command != _CONNECT:
        return None
    return int(_ANSWER.unpack_from(answer, _HEADER.size)[1])
