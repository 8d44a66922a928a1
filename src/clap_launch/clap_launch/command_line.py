"""Builds a process's command line; parameters become files below a run's own folder."""

from __future__ import annotations

from pathlib import Path

import yaml

from clap_launch.description import (
    NodeDetails,
    ParameterFile,
    ParameterText,
    ProcessSpec,
)


def command_line(process: ProcessSpec, folder: Path) -> list[str]:
    """The program and all its arguments, in the order in which ``ros2 launch`` gives them.

    Args:
        process: what to run.
        folder: where parameter files may be written.

    Returns:
        Words for ``exec``.
    """
    words = list(process.command)
    if process.node is not None:
        words += _ros_arguments(process.label, process.node, folder)
    return words


def _ros_arguments(label: str, node: NodeDetails, folder: Path) -> list[str]:
    words = ["--ros-args"]
    if node.name is not None:
        words += ["-r", f"__node:={node.name}"]
    if node.namespace is not None:
        words += ["-r", f"__ns:={node.namespace}"]
    words += node.global_arguments
    for index, entry in enumerate(node.parameters):
        if isinstance(entry, ParameterFile):
            path = entry.path
        else:
            path = folder / f"{label}-{index}.yaml"
            path.write_text(
                entry.text
                if isinstance(entry, ParameterText)
                # Values under the node's full name outrank wildcards, whatever the order.
                else yaml.safe_dump({node.full_name or "/**": {"ros__parameters": entry.values}}),
                encoding="utf-8",
            )
        words += ["--params-file", str(path)]
    for source, target in node.remaps:
        words += ["-r", f"{source}:={target}"]
    return words
