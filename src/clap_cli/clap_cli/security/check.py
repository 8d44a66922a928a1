"""Whether a launch with security could start: asked before anything of it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from clap_cli.security.keystore import Keystore
from clap_core.errors import ClapError, ErrorCode
from clap_ros.security import ENABLE, KEYSTORE, refusal

DEFAULT_KEYSTORE = "keystore"
_ENCLAVE = "ROS_SECURITY_ENCLAVE_OVERRIDE"
_OBSERVER = "observer"
_PROBE = "import rclpy; rclpy.init(); rclpy.create_node('clap_security_check')"
_PROBE_TIMEOUT_S = 30.0


def require(arguments: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a launch that asks for security and could not have it.

    Args:
        arguments: of the launch.
        environment: that the launch file takes its defaults from.

    Raises:
        ClapError: INVALID_REQUEST, with the cure.
    """
    if arguments.get("security", environment.get(ENABLE, "false")) != "true":
        return
    folder = Path(arguments.get("keystore", environment.get(KEYSTORE, DEFAULT_KEYSTORE)))
    if not Keystore(folder).is_valid:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"security:=true, but there is no keystore in '{folder}'",
            f"Make one: `./clap security create --keystore {folder}`, or name yours: "
            "keystore:=FOLDER",
        )
    prefix = f"/{arguments.get('namespace', '').strip('/')}".rstrip("/")
    secured = {
        **environment,
        ENABLE: "true",
        "ROS_SECURITY_STRATEGY": "Enforce",
        KEYSTORE: str(folder),
        _ENCLAVE: f"{prefix}/{_OBSERVER}",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROBE],
        env=secured,
        capture_output=True,
        text=True,
        timeout=_PROBE_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.partition("RCLError:")[2] or done.stderr
        raise refusal(" ".join(said.split()), secured)
