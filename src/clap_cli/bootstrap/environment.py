"""The environment that commands run in, put together from what set-up noted."""

from __future__ import annotations

import os
import re

from layout import Layout
from target import Target


def command_environment(
    layout: Layout,
    target: Target,
    search_paths: dict[str, list[str]],
    users: dict[str, str],
    command: str = "",
) -> dict[str, str]:
    """The user's environment with the workspace in front.

    What the user set on purpose (discovery range, transport profile, renderer) stays as it is.

    Args:
        layout: the checkout.
        target: what it was made on.
        search_paths: what goes in front of each search path.
        users: the environment that ./clap was called in.
        command: what ./clap was called with. Launch files themselves say which computers' nodes
            are seen, and the doctor looks at all of them; a user's own shell
            gets no library loaded into everything it starts.
    """
    environment = dict(users)
    for name, parts in search_paths.items():
        before = [part for part in users.get(name, "").split(os.pathsep) if part]
        joined = parts + [part for part in before if part not in parts]
        if joined:
            environment[name] = os.pathsep.join(joined)
    environment.pop("PYTHONHOME", None)
    environment["VIRTUAL_ENV"] = str(layout.venv)
    environment["CLAP_ROOT"] = str(layout.root)
    if target.on_wheels:
        # Together with LD_LIBRARY_PATH this spares each Python the wheels' second start.
        environment["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
        environment["RMW_IMPLEMENTATION"] = "rmw_fastrtps_cpp"  # the only one among the wheels
    if target.on_wheels and command != "shell":
        own = str(layout.endless_waits)
        others = [part for part in re.split("[: ]+", users.get("LD_PRELOAD", "")) if part != own]
        environment["LD_PRELOAD"] = ":".join([own, *filter(None, others)])
    if command.split()[:1] not in (["launch"], ["doctor"]):
        environment.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    is_local = environment.get("ROS_AUTOMATIC_DISCOVERY_RANGE") == "LOCALHOST"
    profile = layout.local_middleware_profile if is_local else layout.middleware_profile
    for name in ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"):
        environment.setdefault(name, str(profile))
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("MUJOCO_GL", "egl")
    return environment
