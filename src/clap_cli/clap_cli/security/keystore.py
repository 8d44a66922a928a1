"""A keystore as SROS2 lays it out: two authorities, governance, and an enclave for each node.

Keys and signatures are made by the program ``openssl``: no key passes through this process.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clap_cli.security import documents
from clap_cli.security.rights import TopicRights
from clap_core.errors import ClapError, ErrorCode

VALID_DAYS = 3650
_SECRET_FOLDER, _SECRET_FILE = 0o700, 0o600
_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[authority]
basicConstraints = critical, CA:TRUE, pathlen:1
keyUsage = critical, keyCertSign, digitalSignature
[holder]
basicConstraints = CA:FALSE
"""


class Keystore:
    """A folder with the keys of a stack.

    Args:
        folder: of the keystore; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public, self.private = folder / "public", folder / "private"
        self.enclaves = folder / "enclaves"

    @property
    def is_valid(self) -> bool:
        """Whether nodes can use it, as SROS2 asks."""
        return (
            all((self.public / f"{it}_ca.cert.pem").is_file() for it in _AUTHORITIES)
            and (self.enclaves / "governance.p7s").is_file()
        )

    def names(self) -> set[str]:
        """The enclaves that have a key, as ``/left/keypoint``."""
        keys = self.enclaves.glob("**/key.pem")
        return {f"/{key.parent.relative_to(self.enclaves).as_posix()}" for key in keys}

    def create(self, domain: int, rights: Mapping[str, TopicRights]) -> list[str]:
        """Make what is missing, and sign governance and permissions anew; keys are kept.

        Args:
            domain: ROS_DOMAIN_ID that they are for; another one hears nothing of it.
            rights: of each enclave, by its name.

        Returns:
            The enclaves that have got a key now.

        Raises:
            ClapError: INVALID_REQUEST where openssl is absent, or the authority's key is.
        """
        _require_openssl()
        for folder in (self.folder, self.public, self.enclaves):
            folder.mkdir(parents=True, exist_ok=True)
        self.private.mkdir(mode=_SECRET_FOLDER, exist_ok=True)
        for authority in _AUTHORITIES:
            self._make_authority(authority)
        self._sign(documents.governance(domain), self.enclaves, "governance")
        made = []
        for name in sorted(rights):
            folder = self.enclaves / name.lstrip("/")
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "key.pem").is_file():
                self._make_key(name, folder)
                made.append(name)
            self._link_shared(folder)
            text = documents.permissions(name, rights[name], domain, VALID_DAYS)
            self._sign(text, folder, "permissions")
        return made

    def _make_authority(self, name: str) -> None:
        key, certificate = self._key(name), self._certificate(name)
        if key.is_file() and certificate.is_file():
            return
        if certificate.is_file():
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"{self.folder} has the certificate of its {name} authority, but not the key {key}",
                "Run this where the keystore was made, with its folder private/; or make a new "
                "keystore in another folder",
            )
        _generate(key)
        with _config(f"clap {name} authority") as config:
            _openssl(
                "req", "-x509", "-new", "-sha256", "-key", key, "-out", certificate,
                "-days", str(VALID_DAYS), "-config", config, "-extensions", "authority",
            )  # fmt: skip

    def _make_key(self, name: str, folder: Path) -> None:
        _generate(folder / "key.pem")
        with _config(name) as config, tempfile.TemporaryDirectory() as scratch:
            request = Path(scratch) / "request.pem"
            _openssl("req", "-new", "-key", folder / "key.pem", "-config", config, "-out", request)
            _openssl(
                "x509", "-req", "-sha256", "-in", request, "-out", folder / "cert.pem",
                "-CA", self._certificate("identity"), "-CAkey", self._key("identity"),
                "-set_serial", f"0x{secrets.token_hex(16)}", "-days", str(VALID_DAYS),
                "-extfile", config, "-extensions", "holder",
            )  # fmt: skip

    def _link_shared(self, folder: Path) -> None:
        shared = [self._certificate(name) for name in _AUTHORITIES]
        for target in (*shared, self.enclaves / "governance.p7s"):
            link = folder / target.name
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(target, folder))

    def _sign(self, text: str, folder: Path, name: str) -> None:
        """Write a document, and beside it the same with the signature (S/MIME, in clear text)."""
        document = folder / f"{name}.xml"
        document.write_text(text)
        _openssl(
            "smime", "-sign", "-text", "-md", "sha256", "-in", document,
            "-out", folder / f"{name}.p7s", "-signer", self._certificate("permissions"),
            "-inkey", self._key("permissions"),
        )  # fmt: skip

    def _certificate(self, authority: str) -> Path:
        return self.public / f"{authority}_ca.cert.pem"

    def _key(self, authority: str) -> Path:
        return self.private / f"{authority}_ca.key.pem"


_AUTHORITIES = ("identity", "permissions")


class _config:
    """A configuration of openssl for one name, as a file while the ``with`` block runs."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> str:
        with tempfile.NamedTemporaryFile("w", suffix=".cnf", delete=False) as file:
            file.write(_CONFIG.format(name=self._name))
        self._file = Path(file.name)
        return file.name

    def __exit__(self, *_: object) -> None:
        self._file.unlink()


def _generate(key: Path) -> None:
    """A private key on the curve that DDS Security names (P-256)."""
    os.close(os.open(key, os.O_CREAT | os.O_WRONLY, _SECRET_FILE))
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ClapError(
            ErrorCode.INTERNAL,
            f"openssl {words[0]} failed: {done.stderr.strip()}",
            "Look whether the disk is full or the keystore's folder is read-only",
        )


def _require_openssl() -> None:
    if shutil.which("openssl") is None:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the program openssl, which makes the keys, is not installed",
            "Install it: sudo apt-get install openssl",
        )
