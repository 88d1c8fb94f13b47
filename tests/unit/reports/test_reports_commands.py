"""`bihuan verify FILE` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import run
from tests.unit.reports.conftest import Office, open_office


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An installation whose authority lies where its settings say."""
    monkeypatch.setenv("BIHUAN_VAR", str(tmp_path))
    return open_office(tmp_path / "pki")


def test_a_valid_file_exits_with_zero(
    installed: Office, plain: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(installed.seal(plain))
    assert run(["verify", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["ledger"]) == ("valid", "unknown")
    assert run(["verify", str(file)]) == 0
    assert "有效" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "verdict"), [(b"hello", "unreadable"), (b"", "unreadable"), (None, "unsigned")]
)
def test_every_other_verdict_exits_with_one(
    installed: Office,
    plain: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    verdict: str,
) -> None:
    assert installed.signer
    file = tmp_path / "some.pdf"
    file.write_bytes(plain if content is None else content)
    assert run(["verify", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_a_missing_file_is_bad_input(
    installed: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installed.signer
    assert run(["verify", str(tmp_path / "absent.pdf"), "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
