"""What is said when DDS Security keeps a node from starting: it never starts without in silence."""

from __future__ import annotations

import os
from collections.abc import Mapping

from clap_core.errors import ClapError, ErrorCode

ENABLE, KEYSTORE = "ROS_SECURITY_ENABLE", "ROS_SECURITY_KEYSTORE"
OPERATOR = "/operator"
"""Enclave of a person's programs, unless ROS_SECURITY_ENCLAVE_OVERRIDE names another one."""

_NOT_BUILT_IN = "doesn't have the security libraries"


def is_enabled(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether nodes are asked to run with keys only."""
    return environment.get(ENABLE) == "true"


def refusal(reason: str, environment: Mapping[str, str] = os.environ) -> ClapError:
    """Why no node can be made with security, with the cure.

    Args:
        reason: what rcl or the middleware said.
        environment: of the process.
    """
    keystore = environment.get(KEYSTORE, "")
    if _NOT_BUILT_IN in reason:
        return ClapError(
            ErrorCode.INVALID_REQUEST,
            "this installation's Fast DDS is built without DDS Security, so that nothing can be "
            "kept from a stranger; nothing was started",
            "Use a ROS 2 install, whose Fast DDS has it (docs/security.md), or leave out "
            "security:=true and keep the stack to this computer (discovery:=LOCALHOST) or to a "
            "network of its own",
        )
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"no node can be made with the keys in '{keystore}': {reason.strip()}",
        f"Make them, or bring them up to date: `./clap security create --keystore {keystore}`, "
        "with the --namespace and the --domain of the launch",
    )
