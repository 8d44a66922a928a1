"""``clap security create``: keys and permissions of all nodes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from clap_cli.security.keystore import Keystore
from clap_cli.security.rights import in_dds
from clap_cli.security.table import rights
from clap_core.errors import ClapError

HELP = """Make a keystore in SROS2's format (docs/security.md): a key for each node of the launch
files, and for observer, operator and calibration; permissions for each by what it needs. What is
there is kept and signed anew, so the same command brings a keystore up to date."""

_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--keystore", type=Path, required=True, help="folder of the keystore")
    parser.add_argument(
        "--domain",
        type=int,
        default=int(os.environ.get("ROS_DOMAIN_ID") or 0),
        help="ROS_DOMAIN_ID that the keys are for (%(default)s)",
    )
    parser.add_argument(
        "--namespace", nargs="+", default=[""], help="namespaces of the stacks, as left right"
    )
    parser.add_argument("--arm-id", default="fr3", choices=("fr3", "fer", "panda"))
    parser.add_argument(
        "--cameras",
        nargs="+",
        default=["front", "left", "right", "wrist"],
        help="names of all cameras (%(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Make it; 0 if all is there, 1 with the reason if not."""
    wanted = {}
    for namespace in args.namespace:
        prefix = f"/{namespace.strip('/')}".rstrip("/")
        for node, its in rights(args.arm_id, tuple(args.cameras)).items():
            wanted[f"{prefix}/{node}"] = in_dds(node, its, prefix)
    keystore = Keystore(args.keystore)
    try:
        made = keystore.create(args.domain, wanted)
    except ClapError as error:
        print(f"{error.code.name}: {error.message}", file=sys.stderr)
        return _FAILED
    print(f"{args.keystore}: {len(made)} new keys, {len(wanted)} permissions signed, for domain "
          f"{args.domain}")  # fmt: skip
    print("Give each computer public/ and enclaves/; private/ signs new keys: keep it elsewhere.")
    return 0
