"""The installation's own certificate authority."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from reports.authority import open_authority
from reports.trust import Trust

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _root_of(folder: Path) -> bytes:
    return open_authority(folder, "闵行区财政局").root(AT).der


def test_it_is_made_once_and_then_kept(tmp_path: Path) -> None:
    first = open_authority(tmp_path, "闵行区财政局")
    again = open_authority(tmp_path, "闵行区财政局")
    assert first.root(AT).der == again.root(AT).der
    assert first.signer("街道办", AT).certificate == again.signer("街道办", AT).certificate


def test_two_processes_that_start_at_once_agree_on_one_root(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2) as pool:
        roots = set(pool.map(_root_of, [tmp_path / "pki"] * 6))
    assert len(roots) == 1


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "闵行区财政局")
    authority.signer("街道办", AT)
    authority.timestamper(lambda: AT)
    keys = list(tmp_path.glob("*.pem"))
    assert len(keys) == 3
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_every_organisation_has_a_certificate_of_its_own_from_the_root(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "闵行区财政局")
    root = x509.load_der_x509_certificate(authority.root(AT).der)
    for name in ("闵行区财政局", "江川路街道办事处"):
        seal = x509.load_der_x509_certificate(authority.signer(name, AT).certificate)
        seal.verify_directly_issued_by(root)
        assert seal.subject.rfc4514_string().startswith(f"CN={name}")


def test_a_seal_near_its_end_is_renewed(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "闵行区财政局")
    old = authority.signer("街道办", AT).certificate
    assert authority.signer("街道办", AT + timedelta(days=365 * 4)).certificate == old
    assert authority.signer("街道办", AT + timedelta(days=365 * 5 - 20)).certificate != old


def test_the_revocation_list_is_made_anew_when_it_nears_its_end(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "闵行区财政局")
    first = authority.trust(AT).lists
    assert authority.trust(AT + timedelta(days=40)).lists == first
    late = AT + timedelta(days=55)
    renewed = x509.load_der_x509_crl(authority.trust(late).lists[0])
    assert renewed.next_update_utc is not None
    assert renewed.next_update_utc - late > timedelta(days=50)
    root = x509.load_der_x509_certificate(authority.root(AT).der)
    assert renewed.is_signature_valid(root.public_key())  # type: ignore[arg-type]  # EC, as made


def test_loading_trust_where_there_is_none_founds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    assert Trust.load(folder) == Trust()
    assert not folder.exists()


def test_loaded_trust_is_the_authoritys_own(tmp_path: Path) -> None:
    made = open_authority(tmp_path, "闵行区财政局").trust(AT)
    assert Trust.load(tmp_path) == made


def test_an_outside_authority_is_believed_once_its_root_is_laid_down(tmp_path: Path) -> None:
    ours, theirs = (open_authority(tmp_path / name, name) for name in ("ours", "theirs"))
    ours.root(AT)
    strange = theirs.trust(AT)
    (tmp_path / "ours" / "trusted").mkdir()
    (tmp_path / "ours" / "trusted" / "theirs.der").write_bytes(strange.roots[0])
    (tmp_path / "ours" / "trusted" / "theirs.crl").write_bytes(strange.lists[0])
    assert set(strange.roots) < set(ours.trust(AT).roots)
    assert Trust.load(tmp_path / "ours") == ours.trust(AT)


def test_past_years_can_be_played(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "闵行区财政局")
    root = authority.root(AT).certificate
    past = AT - timedelta(days=365 * 4)
    for moment in (AT, past, AT):
        seal = authority.signer("街道办", moment).identity.certificate
        assert seal.not_valid_before_utc <= moment < seal.not_valid_after_utc
        assert root.not_valid_before_utc <= seal.not_valid_before_utc
        revoked = x509.load_der_x509_crl(authority.trust(moment).lists[0])
        assert revoked.last_update_utc <= moment
