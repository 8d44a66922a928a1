"""The command line ``./clap``.

A command is a module of this package with three names::

    HELP: str                                             # what it does, for --help
    def add_arguments(parser: ArgumentParser) -> None     # its arguments
    def run(args: Namespace) -> int                       # its exit status

and a line in :mod:`clap_cli.command_table`. Only the module of the chosen command is imported.
A module that sets ``PASSES_ON = True`` gets what it did not declare as the list ``args.rest``.
"""
