"""Our keystore in a DDS that has security: a stranger neither reads nor commands.

The wheels' Fast DDS has none. Cyclone DDS of Debian and Ubuntu does, by the same standard and with
the same files, so what our keys and permissions are worth is tried with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clap_cli.__main__ import main

HERE = Path(__file__).parent
IDL = """module std_msgs { module msg { module dds_ { struct String_ { string data; }; }; }; };"""
SAYS_S, HEARS_S = "8", "6"
DIAGNOSTICS, CLOUD = "rt/diagnostics", "rt/scene/points"
MOVE = "rq/fr3_arm_controller/follow_joint_trajectory/_action/send_goalRequest"
NETWORK = """
<General><Interfaces><NetworkInterface address="127.0.0.1"/></Interfaces>
<AllowMulticast>false</AllowMulticast></General>
<Discovery><ParticipantIndex>auto</ParticipantIndex>
<Peers><Peer address="127.0.0.1"/></Peers></Discovery>
"""
SECURITY = """
<Security><Authentication>
<Library path="{library}auth.so" initFunction="init_authentication"
 finalizeFunction="finalize_authentication"/>
<IdentityCA>file:{keys}/identity_ca.cert.pem</IdentityCA>
<IdentityCertificate>file:{keys}/cert.pem</IdentityCertificate>
<PrivateKey>file:{keys}/key.pem</PrivateKey></Authentication>
<Cryptographic><Library path="{library}crypto.so" initFunction="init_crypto"
 finalizeFunction="finalize_crypto"/></Cryptographic>
<AccessControl><Library path="{library}ac.so" initFunction="init_access_control"
 finalizeFunction="finalize_access_control"/>
<Governance>file:{keys}/governance.p7s</Governance>
<PermissionsCA>file:{keys}/permissions_ca.cert.pem</PermissionsCA>
<Permissions>file:{keys}/permissions.p7s</Permissions></AccessControl></Security>
"""


def plugins() -> Path | None:
    """Where Cyclone's plug-ins for security are."""
    folders = [*os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep), "/usr/lib", "/opt/ros"]
    for folder in filter(os.path.isdir, filter(None, folders)):
        depth = "*" if folder not in ("/usr/lib", "/opt/ros") else "**"
        for found in Path(folder).glob(f"{depth}/libdds_security_auth.so"):
            return found.parent
    return None


pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        shutil.which("idlc") is None or shutil.which("gcc") is None or plugins() is None,
        reason="no DDS with security here: apt-get install cyclonedds-dev cyclonedds-tools",
    ),
]


class Peers:
    """Participants on one domain, each with the keys of an enclave or without any."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._started: list[subprocess.Popen[str]] = []

    def start(
        self, keys: Path | None, what: str, topic: str, text: str = "-"
    ) -> subprocess.Popen[str]:
        library = f"{plugins()}/libdds_security_"
        security = "" if keys is None else SECURITY.format(keys=keys, library=library)
        domain = os.environ["ROS_DOMAIN_ID"]
        uri = f'<CycloneDDS><Domain id="{domain}">{NETWORK}{security}</Domain></CycloneDDS>'
        words = [str(self._program), what, topic, SAYS_S if what == "say" else HEARS_S, text]
        environment = {**os.environ, "CYCLONEDDS_URI": uri, "LD_PRELOAD": ""}
        process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._started.append(process)
        return process

    def heard(self, listener: Path | None, speaker: Path | None, topic: str) -> str:
        """What a listener tells while somebody speaks on a topic."""
        hears = self.start(listener, "hear", topic)
        says = self.start(speaker, "say", topic, "hello")
        told = result(hears)
        says.kill()
        return told

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()


def result(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peer")
    (folder / "text.idl").write_text(IDL)
    subprocess.run(["idlc", "text.idl"], cwd=folder, check=True)
    words = ["gcc", "-I.", str(HERE / "security_peer.c"), "text.c", "-lddsc", "-o", "peer"]
    subprocess.run(words, cwd=folder, check=True)
    return folder / "peer"


@pytest.fixture
def peers(program: Path) -> Iterator[Peers]:
    it = Peers(program)
    yield it
    it.close()


def keystore(folder: Path) -> Path:
    domain = os.environ["ROS_DOMAIN_ID"]
    assert main(["security", "create", "--keystore", str(folder), "--domain", domain]) == 0
    return folder / "enclaves"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keystore(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keystore(tmp_path_factory.mktemp("others"))


def test_who_may_is_heard_by_who_may(peers: Peers, keys: Path) -> None:
    assert peers.heard(keys / "operator", keys / "keypoint", DIAGNOSTICS) == "heard hello"
    assert peers.heard(keys / "policy", keys / "cloud_fusion", CLOUD) == "heard hello"


@pytest.mark.parametrize("keyless", [True, False], ids=["without keys", "with keys of its own"])
def test_a_stranger_on_the_same_domain_neither_reads_nor_commands(
    peers: Peers, keys: Path, others: Path, keyless: bool
) -> None:
    stranger = None if keyless else others / "operator"
    assert peers.heard(stranger, keys / "keypoint", DIAGNOSTICS) == "heard nothing"
    stranger = None if keyless else others / "franka_executor"
    assert peers.heard(keys / "fci_driver", stranger, MOVE) == "heard nothing"


def test_two_strangers_without_keys_do_hear_each_other(peers: Peers) -> None:
    """So that it is the keys that keep them out, and not this test's network."""
    assert peers.heard(None, None, MOVE) == "heard hello"


def test_a_node_of_ours_has_no_more_than_its_own_rights(peers: Peers, keys: Path) -> None:
    assert peers.heard(keys / "fci_driver", keys / "franka_executor", MOVE) == "heard hello"
    for enclave in ("keypoint", "policy", "task_executive", "operator", "observer"):
        said = result(peers.start(keys / enclave, "say", MOVE, "move"))
        assert said.startswith("denied"), f"{enclave}: {said}"
    assert result(peers.start(keys / "observer", "say", CLOUD, "a wall")).startswith("denied")
    assert result(peers.start(keys / "encoder", "hear", "rt/camera/front/color/image_raw")) in (
        "denied: reader", "denied: topic",
    )  # fmt: skip
