"""A seal whose certificate comes from an outside authority, in a PKCS #12 file."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from engine.errors import Invalid, Unavailable
from reports.authority import open_key_file
from reports.sign import seal
from reports.trust import Trust
from reports.verify import verify
from tests.unit.reports.conftest import PLACE, Office

NAME = "闵行区财政局"


@pytest.fixture
def key_file(stranger: Office, tmp_path: Path) -> Path:
    """The stranger's seal as its authority would hand it out."""
    identity = stranger.signer.identity
    path = tmp_path / "seal.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"seal", identity.key, identity.certificate, None, BestAvailableEncryption(b"secret")
        )
    )
    path.with_name("seal.p12.password").write_bytes(b"secret\n")
    return path


def test_an_outside_seal_is_valid_where_its_authority_is_believed_and_untrusted_elsewhere(
    office: Office, stranger: Office, key_file: Path, plain: bytes
) -> None:
    believed = office.trust.plus(stranger.trust)
    signer = open_key_file(key_file, NAME)
    sealed = seal(plain, signer, office.timestamper, believed, PLACE, at=office.at)
    assert verify(sealed, believed).verdict == "valid"
    assert verify(sealed, office.trust).verdict == "untrusted"


def test_an_outside_authority_is_believed_by_laying_its_files_into_the_folder(
    stranger: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "pki" / "trusted"
    folder.mkdir(parents=True)
    (folder / "city.der").write_bytes(stranger.trust.roots[0])
    (folder / "city.crl").write_bytes(stranger.trust.lists[0])
    assert Trust.load(tmp_path / "pki") == stranger.trust


def test_a_missing_password_and_a_wrong_one_are_told_apart(key_file: Path) -> None:
    password = key_file.with_name("seal.p12.password")
    password.write_bytes(b"guess")
    with pytest.raises(Invalid, match="核对口令"):
        open_key_file(key_file, NAME)
    password.unlink()
    with pytest.raises(Unavailable, match=r"seal\.p12"):
        open_key_file(key_file, NAME)
