"""Files are whole or not there."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from clap_bench.suite.scoring.files import check_writable, write_json
from clap_core.errors import ClapError


def test_a_full_disk_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "result.json"
    write_json({"success": 1.0}, file)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ClapError, match=r"result\.json.*No space left.*Make room"):
        write_json({"success": 0.0}, file)
    assert json.loads(file.read_text()) == {"success": 1.0}
    assert list(tmp_path.iterdir()) == [file]


def test_where_no_file_can_be_is_said_before_the_work(tmp_path: Path) -> None:
    check_writable(tmp_path / "result.json")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ClapError, match="Make the folder first"):
        check_writable(tmp_path / "missing" / "result.json")
    with pytest.raises(ClapError, match="it is a folder"):
        check_writable(tmp_path)
