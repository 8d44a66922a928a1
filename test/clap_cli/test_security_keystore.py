"""The keystore: laid out as SROS2's, signed, with the elements that DDS Security's schemas ask."""

from __future__ import annotations

import stat
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest

from clap_cli.__main__ import main
from clap_cli.security import documents
from clap_cli.security.keystore import Keystore
from clap_cli.security.rights import TopicRights
from clap_core.errors import ClapError

NODES = ("/task_planner", "/left/keypoint")
RIGHTS = TopicRights(frozenset({"rt/told"}), frozenset({"rt/heard", "ros_discovery_info"}))
DOMAIN = 7


def openssl(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> Keystore:
    it = Keystore(tmp_path_factory.mktemp("keys") / "keystore")
    assert sorted(it.create(DOMAIN, dict.fromkeys(NODES, RIGHTS))) == sorted(NODES)
    return it


def enclave(keystore: Keystore, name: str) -> Path:
    return keystore.enclaves / name.lstrip("/")


@pytest.mark.parametrize("name", NODES)
def test_an_enclave_has_what_rcl_hands_to_the_middleware(keystore: Keystore, name: str) -> None:
    """The names are those that rmw asks for; the shared ones are links inside the keystore."""
    folder = enclave(keystore, name)
    assert {path.name for path in folder.iterdir()} == {
        "identity_ca.cert.pem", "permissions_ca.cert.pem", "cert.pem", "key.pem",
        "governance.p7s", "permissions.p7s", "permissions.xml",
    }  # fmt: skip
    for link in (path for path in folder.iterdir() if path.is_symlink()):
        assert not link.readlink().is_absolute(), "a copied keystore would point elsewhere"
        assert link.resolve().is_relative_to(keystore.folder.resolve())
    assert keystore.is_valid and keystore.names() == set(NODES)


@pytest.mark.parametrize("name", NODES)
def test_a_certificate_is_the_node_s_own_and_of_the_identity_authority(
    keystore: Keystore, name: str
) -> None:
    certificate = enclave(keystore, name) / "cert.pem"
    authority = keystore.public / "identity_ca.cert.pem"
    assert openssl("verify", "-CAfile", authority, certificate).returncode == 0
    other = keystore.public / "permissions_ca.cert.pem"
    assert openssl("verify", "-CAfile", other, certificate).returncode != 0
    shown = openssl("x509", "-in", certificate, "-noout", "-text", "-nameopt", "RFC2253").stdout
    assert f"Subject: CN={name}" in shown.replace("\\/", "/")
    assert "prime256v1" in shown and "ecdsa-with-SHA256" in shown and "CA:FALSE" in shown
    key = openssl("pkey", "-in", enclave(keystore, name) / "key.pem", "-pubout").stdout
    assert key == openssl("x509", "-in", certificate, "-noout", "-pubkey").stdout


@pytest.mark.parametrize("file", ["task_planner/permissions", "left/keypoint/permissions",
                                  "governance"])  # fmt: skip
def test_a_document_is_signed_by_the_permissions_authority_and_by_no_other(
    keystore: Keystore, file: str, tmp_path: Path
) -> None:
    signed, content = keystore.enclaves / f"{file}.p7s", tmp_path / "content"
    verify = ("smime", "-verify", "-text", "-in", signed, "-out", content, "-CAfile")
    assert openssl(*verify, keystore.public / "permissions_ca.cert.pem").returncode == 0
    plain = (keystore.enclaves / f"{file}.xml").read_text()
    assert content.read_text().replace("\r", "") == plain
    assert openssl(*verify, keystore.public / "identity_ca.cert.pem").returncode != 0
    changed = tmp_path / "changed.p7s"
    changed.write_text(signed.read_text().replace("<id>7</id>", "<id>8</id>"))
    assert changed.read_text() != signed.read_text()
    verify = ("smime", "-verify", "-text", "-in", changed, "-CAfile")
    assert openssl(*verify, keystore.public / "permissions_ca.cert.pem").returncode != 0


def test_secrets_are_for_their_owner_alone(keystore: Keystore) -> None:
    assert stat.S_IMODE(keystore.private.stat().st_mode) == 0o700
    keys = [*keystore.private.iterdir(), *keystore.enclaves.glob("**/key.pem")]
    assert len(keys) == 2 + len(NODES)
    for key in keys:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600, key


def test_the_permissions_have_the_elements_of_the_schema_in_its_order() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    text = documents.permissions("/left/keypoint", RIGHTS, DOMAIN, 10, now)
    root = ElementTree.fromstring(text)
    assert root.tag == "dds"
    (grant,) = root.findall("permissions/grant")
    assert grant.get("name") == "/left/keypoint"
    order = [child.tag for child in grant]
    assert order == ["subject_name", "validity", "allow_rule", "default"]
    assert grant.findtext("subject_name") == "CN=/left/keypoint"
    assert [child.text for child in grant.find("validity") or ()] == [
        "2026-01-01T03:04:05", "2026-01-12T03:04:05",
    ]  # fmt: skip
    rule = grant.find("allow_rule")
    assert rule is not None and [child.tag for child in rule] == ["domains", "publish", "subscribe"]
    assert [topic.text for topic in rule.findall("publish/topics/topic")] == ["rt/told"]
    assert [topic.text for topic in rule.findall("subscribe/topics/topic")] == [
        "ros_discovery_info", "rt/heard",
    ]  # fmt: skip
    assert grant.findtext("default") == "DENY"


def test_the_governance_lets_nobody_in_without_a_key_and_encrypts_all() -> None:
    root = ElementTree.fromstring(documents.governance(DOMAIN))
    (rule,) = root.findall("domain_access_rules/domain_rule")
    assert [(child.tag, child.text) for child in rule][1:6] == [
        ("allow_unauthenticated_participants", "false"),
        ("enable_join_access_control", "true"),
        ("discovery_protection_kind", "ENCRYPT"),
        ("liveliness_protection_kind", "ENCRYPT"),
        ("rtps_protection_kind", "ENCRYPT"),
    ]
    assert rule[0].tag == "domains" and rule.findtext("domains/id") == "7"
    (topic,) = rule.findall("topic_access_rules/topic_rule")
    assert [(child.tag, child.text) for child in topic] == [
        ("topic_expression", "*"),
        ("enable_discovery_protection", "true"),
        ("enable_liveliness_protection", "true"),
        ("enable_read_access_control", "true"),
        ("enable_write_access_control", "true"),
        ("metadata_protection_kind", "ENCRYPT"),
        ("data_protection_kind", "ENCRYPT"),
    ]


def test_once_more_keeps_the_keys_and_signs_what_has_changed(tmp_path: Path) -> None:
    keystore = Keystore(tmp_path / "keystore")
    keystore.create(DOMAIN, {"/one": RIGHTS})
    before = (keystore.enclaves / "one/key.pem").read_bytes()
    assert keystore.create(8, {"/one": RIGHTS, "/two": RIGHTS}) == ["/two"]
    assert (keystore.enclaves / "one/key.pem").read_bytes() == before
    for name in ("one/permissions", "governance"):
        assert "<id>8</id>" in (keystore.enclaves / f"{name}.p7s").read_text()


def test_without_the_authority_s_key_nothing_is_signed(tmp_path: Path) -> None:
    keystore = Keystore(tmp_path / "keystore")
    keystore.create(DOMAIN, {"/one": RIGHTS})
    (keystore.private / "permissions_ca.key.pem").unlink()
    with pytest.raises(ClapError, match="but not the key") as caught:
        keystore.create(DOMAIN, {"/two": RIGHTS})
    assert "private/" in caught.value.message
    assert keystore.names() == {"/one"}


def test_the_command_makes_all_nodes_in_all_namespaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "keys"
    words = ["security", "create", "--keystore", str(folder), "--domain", "7"]
    assert main([*words, "--namespace", "left", "right"]) == 0
    names = Keystore(folder).names()
    assert {"/left/franka_executor", "/right/franka_executor", "/left/operator"} <= names
    assert not [name for name in names if not name.startswith(("/left/", "/right/"))]
    assert "private/" in capsys.readouterr().out
    text = (folder / "enclaves/left/franka_executor/permissions.xml").read_text()
    assert "rt/left/joint_states" in text and "right" not in text


def test_without_openssl_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["security", "create", "--keystore", str(tmp_path / "keys")]) == 1
    assert "apt-get install openssl" in capsys.readouterr().err
