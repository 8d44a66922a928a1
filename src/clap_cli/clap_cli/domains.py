"""ROS domains for what must hear nobody else: tests, demos, benchmarks."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Iterator

from clap_core.errors import ClapError, ErrorCode

# DDS computes its ports from the domain. Beyond 101 they fall into Linux's range of ephemeral
# ports; below 60 are the numbers that people choose by hand.
_DOMAINS = range(60, 102)
_DDS_PORT_BASE = 7400
_DDS_PORTS_PER_DOMAIN = 250

_VARIABLE = "ROS_DOMAIN_ID"


@contextlib.contextmanager
def reserved_domain() -> Iterator[int]:
    """A ROS domain that no other run uses, reserved until the end of the context.

    A domain counts as used while its discovery port is taken (by a DDS participant: UDP) or
    reserved (by a run like this one: the TCP port of the same number).
    """
    for domain in random.sample(_DOMAINS, len(_DOMAINS)):
        port = _DDS_PORT_BASE + _DDS_PORTS_PER_DOMAIN * domain
        with contextlib.ExitStack() as sockets:
            try:
                reservation = sockets.enter_context(socket.socket(type=socket.SOCK_STREAM))
                reservation.bind(("127.0.0.1", port))
                with socket.socket(type=socket.SOCK_DGRAM) as participant:
                    participant.bind(("", port))
            except OSError:
                continue
            yield domain
            return
    raise ClapError(
        ErrorCode.BUSY,
        f"All ROS domains from {_DOMAINS[0]} to {_DOMAINS[-1]} are in use",
        "End other tests, demos and benchmarks",
    )


@contextlib.contextmanager
def own_domain() -> Iterator[int]:
    """A domain of its own for this process and all that it starts, until the end of the context.

    A demo beside a running stack would answer to the same names: each would hear the other's
    cameras and frames, and the demo's sentence could move the other's arm.

    Raises:
        ClapError: BUSY where no domain is free.
    """
    before = os.environ.get(_VARIABLE)
    with reserved_domain() as domain:
        os.environ[_VARIABLE] = str(domain)
        try:
            yield domain
        finally:
            if before is None:
                del os.environ[_VARIABLE]
            else:
                os.environ[_VARIABLE] = before
