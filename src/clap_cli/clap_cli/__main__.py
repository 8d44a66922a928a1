"""``python -m clap_cli``: finds the command, imports its module, runs it."""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from types import ModuleType

from clap_cli.command_table import COMMANDS, Command, find_command
from clap_core.errors import ClapError

_USAGE_ERROR = 2
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: the command line after the program's name; the process's own if None.

    Returns:
        Exit status: the command's; 2 for a wrong command line or a
        :class:`~clap_core.errors.ClapError`; 130 after Ctrl-C.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    command = find_command(arguments)
    if command is None:
        print(_unknown(arguments), file=sys.stderr)
        return _USAGE_ERROR
    try:
        module = importlib.import_module(command.module)
        return int(module.run(_parse(command, module, arguments[len(command.words) :])))
    except ClapError as error:
        print(f"clap: {error.message}", file=sys.stderr)
        return _USAGE_ERROR
    except ModuleNotFoundError as error:
        package = (error.name or "clap_").split(".")[0]
        if package.startswith("clap_"):
            raise
        print(
            f"clap: './clap {' '.join(command.words)}' needs the package '{package}', which this "
            "environment was set up without.\n  ./clap setup installs all groups of packages.",
            file=sys.stderr,
        )
        return _USAGE_ERROR
    except KeyboardInterrupt:
        return _INTERRUPTED


def overview() -> str:
    """The text of ``./clap --help``."""
    names = [" ".join(command.words) for command in COMMANDS]
    width = max(map(len, names)) + 2
    lines = [
        f"  {name:<{width}}{command.summary}" for name, command in zip(names, COMMANDS, strict=True)
    ]
    return "\n".join(
        [
            "usage: ./clap COMMAND [arguments]",
            "",
            "A person says what they want; a Franka does it.",
            "",
            *lines,
            "",
            "./clap COMMAND --help tells a command's arguments.",
        ]
    )


def _parse(command: Command, module: ModuleType, arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"./clap {' '.join(command.words)}",
        description=module.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    if getattr(module, "PASSES_ON", False):
        args, rest = parser.parse_known_args(arguments)
        args.rest = rest
        return args
    return parser.parse_args(arguments)


def _unknown(arguments: list[str]) -> str:
    """What to say of a command that is not there."""
    subcommands = [c.words[1] for c in COMMANDS if c.words[0] == arguments[0] and len(c.words) > 1]
    if subcommands:
        return f"clap: say what to {arguments[0]}: {', '.join(subcommands)}."
    near = difflib.get_close_matches(arguments[0], [command.words[0] for command in COMMANDS], 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"clap: there is no command {arguments[0]!r}.{hint} See ./clap --help."


if __name__ == "__main__":
    sys.exit(main())
