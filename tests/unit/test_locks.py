"""What is installed is locked by hash, and nothing tracked says where to download it from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", ".ci/requirements-node.txt")


def locked(name: str) -> dict[str, str]:
    """Package → version of a requirements file."""
    return dict(
        re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    )


def wanted(requirements: list[str]) -> set[str]:
    names = (re.split(r"[\[<>=!~ ;]", text)[0] for text in requirements)
    return {name.lower().replace("_", "-") for name in names}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_a_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", (*LOCKS, "forms/ui/package-lock.json", "forms/ui/.npmrc"))
def test_no_download_address_is_written_down(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r'index-url|find-links|"resolved"|registry=', text)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    running = wanted(project["project"]["dependencies"])
    assert running - set(locked("requirements.txt")) == set()
    developing = running | wanted(project["dependency-groups"]["dev"])
    assert developing - set(locked("requirements-dev.txt")) == set()


def test_running_and_developing_use_the_same_versions() -> None:
    running, developing = locked("requirements.txt"), locked("requirements-dev.txt")
    assert running == {name: developing[name] for name in running}


def test_the_front_end_asks_for_exact_versions() -> None:
    package = json.loads((ROOT / "forms/ui/package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, text in versions.items() if not re.fullmatch(r"[\d.]+", text)] == []
