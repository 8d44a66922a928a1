"""Evaluates substitutions: ``$(var x)``, ``$(find-pkg-share p)`` and the others.

Names, arguments and results are those of the ``launch`` and ``launch_ros`` packages of Jazzy.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_prefix,
    get_package_share_directory,
)

from clap_launch.context import Context
from clap_launch.errors import LaunchError, Location, suggest
from clap_launch.expression import ExpressionError, evaluate_expression
from clap_launch.substitutions import Call, Template, parse

_TRUE = ("true", "1")
_FALSE = ("false", "0")

NOT_HERE = {
    "all": "does not load in Jazzy's front ends",
    "any": "does not load in Jazzy's front ends",
    "command": "runs a command while the file is read",
    "param": "needs launch_ros",
    "launch_log_dir": "needs the log folder of launch",
    "log_dir": "needs the log folder of launch",
    "file-content": "reads files while the launch file is read",
}
"""Substitutions of ROS 2 that this runner leaves to ``ros2 launch``, with the reason."""


def substitute(text: str, context: Context, place: Location) -> str:
    """Replace every substitution in a text.

    Args:
        text: text as written in the file.
        context: the state to read from.
        place: where the text stands, for errors.

    Returns:
        The text with all substitutions performed.

    Raises:
        LaunchError: a substitution is unknown or fails.
    """
    return evaluate(parse(text, place), context, place)


def evaluate(template: Template, context: Context, place: Location) -> str:
    """Like ``substitute``, for text that is parsed already."""
    return "".join(
        part if isinstance(part, str) else _call(part, context, place) for part in template
    )


def condition(text: str, context: Context, place: Location) -> bool:
    """Evaluate the text of an ``if`` or ``unless``: true, 1, false or 0 after substitution."""
    return _boolean(substitute(text, context, place), place)


def _boolean(text: str, place: Location) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise LaunchError(
        place,
        f"'{text}' is not a condition",
        "Let it become 'true', 'false', '1' or '0'",
    )


def _call(call: Call, context: Context, place: Location) -> str:
    if call.name in NOT_HERE:
        raise LaunchError(
            place,
            f"$({call.name}) is not supported by this runner: it {NOT_HERE[call.name]}",
            "Use another substitution or an argument, or run the file with 'ros2 launch'",
        )
    if call.name not in _SUBSTITUTIONS:
        raise LaunchError(
            place,
            f"unknown substitution $({call.name})",
            suggest(call.name, _SUBSTITUTIONS),
        )
    function, least, most = _SUBSTITUTIONS[call.name]
    arguments = [evaluate(argument, context, place) for argument in call.arguments]
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise LaunchError(
            place,
            f"$({call.name}) got {len(arguments)} arguments instead of {wanted}",
            "Separate arguments by one space and quote those that hold spaces",
        )
    return function(arguments, context, place)


def _var(arguments: list[str], context: Context, place: Location) -> str:
    name = arguments[0]
    configurations = context.scope.configurations
    if name in configurations:
        return configurations[name]
    if len(arguments) > 1:
        return arguments[1]
    raise LaunchError(
        place,
        f"$(var {name}): no argument '{name}' here",
        suggest(name, configurations),
    )


def _env(arguments: list[str], context: Context, place: Location) -> str:
    value = context.scope.environment.get(
        arguments[0], arguments[1] if len(arguments) > 1 else None
    )
    if value is None:
        raise LaunchError(
            place,
            f"the environment variable {arguments[0]} is not set",
            f"Set it, or give a default: $(env {arguments[0]} default)",
        )
    return value


def _package_path(find: Callable[[str], str], package: str, place: Location) -> str:
    try:
        return find(package)
    except (PackageNotFoundError, ValueError) as error:
        raise LaunchError(
            place,
            f"package '{package}' is not in the ament index",
            "Build or install it, and source the workspace",
        ) from error


def _find_pkg_share(arguments: list[str], context: Context, place: Location) -> str:
    return _package_path(get_package_share_directory, arguments[0], place)


def _find_pkg_prefix(arguments: list[str], context: Context, place: Location) -> str:
    return _package_path(get_package_prefix, arguments[0], place)


def _find_exec(arguments: list[str], context: Context, place: Location) -> str:
    found = shutil.which(arguments[0], path=context.scope.environment.get("PATH"))
    if found is None:
        raise LaunchError(
            place,
            f"'{arguments[0]}' is not on the PATH",
            "Install it, or give its full path",
        )
    return found


def _exec_in_pkg(arguments: list[str], context: Context, place: Location) -> str:
    return executable_in_package(arguments[0], arguments[1], place)


def executable_in_package(executable: str, package: str, place: Location) -> str:
    """Path of ``lib/<package>/<executable>`` below the package's prefix.

    Raises:
        LaunchError: the package or the executable is missing.
    """
    prefix = _package_path(get_package_prefix, package, place)
    folder = Path(prefix) / "lib" / package
    path = folder / executable
    if not (path.is_file() and os.access(path, os.X_OK)):
        there = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        raise LaunchError(
            place,
            f"package '{package}' has no executable '{executable}'",
            suggest(executable, there) if there else f"Build the package '{package}'",
        )
    return str(path)


def _dirname(arguments: list[str], context: Context, place: Location) -> str:
    return str(context.file.parent)


def _filename(arguments: list[str], context: Context, place: Location) -> str:
    return str(context.file)


def _eval(arguments: list[str], context: Context, place: Location) -> str:
    if len(arguments) > 1 and any(name.strip() != "math" for name in arguments[1].split(",")):
        raise LaunchError(
            place,
            f"$(eval) with the modules '{arguments[1]}'",
            "Only 'math' can be used in an expression here",
        )
    try:
        return str(evaluate_expression(arguments[0]))
    except ExpressionError as error:
        raise LaunchError(place, f"$(eval '{arguments[0]}'): {error}", error.cure) from error


def _word(value: bool) -> str:
    return "true" if value else "false"


def _not(arguments: list[str], context: Context, place: Location) -> str:
    return _word(not _boolean(arguments[0], place))


def _all(arguments: list[str], context: Context, place: Location) -> str:
    return _word(all(_boolean(argument, place) for argument in arguments))


def _any(arguments: list[str], context: Context, place: Location) -> str:
    return _word(any(_boolean(argument, place) for argument in arguments))


def _same(left: str, right: str) -> bool:
    booleans = _TRUE + _FALSE
    if left.lower() in booleans and right.lower() in booleans:
        return (left.lower() in _TRUE) == (right.lower() in _TRUE)
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right


def _equals(arguments: list[str], context: Context, place: Location) -> str:
    return _word(_same(arguments[0], arguments[1]))


def _not_equals(arguments: list[str], context: Context, place: Location) -> str:
    return _word(not _same(arguments[0], arguments[1]))


def _if(arguments: list[str], context: Context, place: Location) -> str:
    otherwise = arguments[2] if len(arguments) > 2 else ""
    return arguments[1] if _boolean(arguments[0], place) else otherwise


def _anon(arguments: list[str], context: Context, place: Location) -> str:
    # The same name gives the same result within one launch, as in the launch package.
    key = f"anon{arguments[0]}"
    configurations = context.scope.configurations
    if key not in configurations:
        raw = f"{arguments[0]}_{socket.gethostname()}_{os.getpid()}_{random.getrandbits(32)}"
        configurations[key] = raw.translate(str.maketrans(".-:", "___"))
    return configurations[key]


_Substitution = Callable[[list[str], Context, Location], str]
_SUBSTITUTIONS: dict[str, tuple[_Substitution, int, int]] = {
    "var": (_var, 1, 2),
    "env": (_env, 1, 2),
    "find-pkg-share": (_find_pkg_share, 1, 1),
    "find-pkg-prefix": (_find_pkg_prefix, 1, 1),
    "find-exec": (_find_exec, 1, 1),
    "exec-in-pkg": (_exec_in_pkg, 2, 2),
    "dirname": (_dirname, 0, 0),
    "filename": (_filename, 0, 0),
    "eval": (_eval, 1, 2),
    "not": (_not, 1, 1),
    "and": (_all, 2, 2),
    "or": (_any, 2, 2),
    "equals": (_equals, 2, 2),
    "not-equals": (_not_equals, 2, 2),
    "if": (_if, 2, 3),
    "anon": (_anon, 1, 1),
}
"""Each substitution with the least and the most arguments that it takes."""
