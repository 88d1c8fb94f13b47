"""The finance system's feed over HTTP: Standard Webhooks, kept deliveries, payments, reversals."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.projects import queries as projects
from engine.projects.models import Payment
from tests.district import BUDGET, District
from webhooks.inbound.commands import replay_delivery
from webhooks.inbound.models import Delivery
from webhooks.inbound.routes import LARGEST, blueprint
from webhooks.inbound.signatures import check, installed_secret, secret_key, sign


@dataclass
class Feed:
    """The finance system, with the secret that it was given."""

    district: District
    secrets: Path

    def __post_init__(self) -> None:
        app = Flask("feed")
        app.register_blueprint(blueprint(self.district.engine, self.secrets))
        self.client = app.test_client()
        self.secret = installed_secret(self.secrets, "finance")

    def post(self, external_id: str, body: bytes, **headers: str | None) -> TestResponse:
        """Send a delivery; headers given as None are left out."""
        stamp = headers.get("timestamp") or str(int(time.time()))
        digits = int(stamp) if stamp.isascii() and stamp.isdigit() else 0
        signed = {
            "webhook-id": external_id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self.secret, external_id, digits, body),
        }
        signed |= {f"webhook-{key}": value or "" for key, value in headers.items()}
        wanted = {key: value for key, value in signed.items() if value}
        return self.client.post("/webhooks/finance", data=body, headers=wanted)

    def handled(self, external_id: str) -> Delivery:
        """The delivery after the machine had its turn."""
        self.district.run_jobs()
        with self.district.reading() as session:
            found = session.scalar(select(Delivery).where(Delivery.external_id == external_id))
        assert found is not None
        return found

    def payments(self) -> list[Decimal]:
        """What was recorded for the project."""
        with self.district.reading() as session:
            return [one.amount for one in projects.payments(session, self.district.project)]


@pytest.fixture
def feed(monitored: District, tmp_path: Path) -> Feed:
    monitored.live = True  # deliveries come in as time goes by
    return Feed(monitored, tmp_path / "secrets")


# --- signatures


def test_the_vector_of_standard_webhooks() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    id_, stamp, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sign(secret, id_, stamp, body) == signature
    check(
        secret,
        external_id=id_,
        timestamp=str(stamp),
        signature=f"v1a,whatever v1,AAAA {signature}",
        body=body,
        now=datetime.fromtimestamp(stamp + 299, UTC),
    )


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_timestamp_more_than_five_minutes_off_is_refused(seconds: int) -> None:
    secret, stamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330
    with pytest.raises(Forbidden, match="五分钟"):
        check(
            secret,
            external_id="msg",
            timestamp=str(stamp),
            signature=sign(secret, "msg", stamp, b"{}"),
            body=b"{}",
            now=datetime.fromtimestamp(stamp + seconds, UTC),
        )


@pytest.mark.parametrize(
    "secret", ["", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!", "whsec_c2hvcnQ="]
)
def test_only_a_secret_is_taken_as_a_secret(secret: str) -> None:
    with pytest.raises(Invalid):
        secret_key(secret)


def test_the_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = installed_secret(tmp_path / "new", "finance")
    assert installed_secret(tmp_path / "new", "finance") == first
    assert len(secret_key(first)) == 32
    assert (tmp_path / "new" / "finance.secret").stat().st_mode & 0o777 == 0o600


# --- the door


def test_a_signed_delivery_is_accepted_and_paid(feed: Feed) -> None:
    answer = feed.post("msg1", feed.district.body("V1", "1234.56"))
    assert (answer.status_code, answer.json and answer.json["state"]) == (202, "received")
    assert feed.handled("msg1").state == "done"
    assert feed.payments() == [Decimal("1234.56")]


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"signature": None},
        {"signature": "v1a,AAAA"},
        {"signature": "v1,ä"},
        {"timestamp": str(int(time.time()) - 3600)},
        {"timestamp": str(int(time.time()) + 3600)},
        {"timestamp": "yesterday"},
        {"timestamp": "-5"},
        {"timestamp": "٣"},
        {"id": None},
        {"id": "with.dot"},
        {"id": "x" * 121},
    ],
)
def test_what_is_not_signed_properly_is_refused(feed: Feed, headers: dict[str, str | None]) -> None:
    id_ = headers.get("id", "msg1") or "msg1"
    encoded = {
        key: value.encode().decode("latin-1") if value else value for key, value in headers.items()
    }
    answer = feed.post(id_, feed.district.body("V1", "1"), **encoded)
    assert (answer.status_code, answer.json and answer.json["error"]) == (401, "forbidden")
    with feed.district.reading() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_a_signature_is_good_for_its_own_body_and_id_only(feed: Feed) -> None:
    body, stamp = feed.district.body("V1", "1"), str(int(time.time()))
    signature = sign(feed.secret, "msg1", int(stamp), body)
    more = feed.district.body("V1", "1000000")
    how = {"timestamp": stamp, "signature": signature}
    assert feed.post("msg1", more, **how).status_code == 401
    assert feed.post("msg2", body, **how).status_code == 401
    assert feed.post("msg1", body, **how).status_code == 202


def test_the_same_delivery_twice_is_one_payment(feed: Feed) -> None:
    body = feed.district.body("V1", "1")
    first, second = feed.post("msg1", body), feed.post("msg1", body)
    feed.handled("msg1")
    third = feed.post("msg1", body)
    assert [one.status_code for one in (first, second, third)] == [202, 202, 202]
    assert third.json is not None
    assert third.json["state"] == "done"
    assert feed.payments() == [Decimal(1)]


def test_the_same_id_with_another_body_is_a_conflict(feed: Feed) -> None:
    feed.post("msg1", feed.district.body("V1", "1"))
    answer = feed.post("msg1", feed.district.body("V1", "2"))
    assert (answer.status_code, answer.json and answer.json["error"]) == (409, "conflict")


def test_the_same_voucher_in_another_delivery_is_refused(feed: Feed) -> None:
    feed.post("msg1", feed.district.body("V1", "1"))
    feed.post("msg2", feed.district.body("V1", "1"))
    assert {feed.handled("msg1").state, feed.handled("msg2").state} == {"done", "refused"}
    assert feed.payments() == [Decimal(1)]


def test_an_unknown_source_is_not_found(feed: Feed) -> None:
    assert feed.client.post("/webhooks/weather", data=b"{}").status_code == 404


def test_a_huge_body_is_not_read(feed: Feed) -> None:
    answer = feed.post("msg1", b"x" * (LARGEST + 1))
    assert (answer.status_code, answer.json and answer.json["error"]) == (413, "too_large")
    assert feed.post("msg2", b"x" * LARGEST).status_code == 202


# --- what it says


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"type": "gift"}',
        b'{"type": "payment"}',
        b"[" * 15_000,
        b'{"type": "payment", "project": "\\u0000"}',
        b'{"type": "payment", "project": "\\ud800"}',
    ],
)
def test_what_makes_no_sense_is_kept_with_the_reason(feed: Feed, body: bytes) -> None:
    assert feed.post("msg1", body).status_code == 202
    kept = feed.handled("msg1")
    assert (kept.state, kept.body, bool(kept.error)) == ("refused", body, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "0"),
        ("amount", "-5"),
        ("amount", "1.005"),
        ("amount", "NaN"),
        ("amount", "1E+30"),
        ("amount", None),
        ("amount", True),
        ("year", "2025"),
        ("year", 1999),
        ("year", True),
        ("at", "tomorrow"),
        ("at", "0001-01-01T00:00:00+08:00"),
        ("id", ""),
        ("id", "V\u0000"),
        ("id", 7),
        ("id", "V" * 121),
    ],
)
def test_a_wrong_field_is_refused_by_name(feed: Feed, field: str, value: Any) -> None:
    told = json.loads(feed.district.body("V1", "1")) | {field: value}
    feed.post("msg1", json.dumps(told).encode())
    kept = feed.handled("msg1")
    assert kept.state == "refused"
    assert field in (kept.error or "")
    assert feed.payments() == []


def test_a_payment_of_an_unknown_project_is_kept_and_can_be_replayed(feed: Feed) -> None:
    district = feed.district
    body = json.loads(district.body("V1", "5")) | {"project": "MH-2025-0002"}
    feed.post("msg1", json.dumps(body).encode())
    kept = feed.handled("msg1")
    assert (kept.state, kept.error) == ("refused", "没有项目 MH-2025-0002")
    with district.work("admin") as work:
        replay_delivery(work, kept.id)
    assert feed.handled("msg1").state == "refused"
    district.start(name="新项目")
    with district.work("admin") as work:
        replay_delivery(work, kept.id)
    again = feed.handled("msg1")
    assert (again.state, again.error, again.attempts) == ("done", None, 3)
    assert feed.payments() == [Decimal(5)]
    with district.work("admin") as work:
        with pytest.raises(Conflict, match="只有被拒收"):
            replay_delivery(work, kept.id)
        with pytest.raises(NotFound):
            replay_delivery(work, 9999)


# --- reversals


def reverse(feed: Feed, voucher: str, amount: str, of: str, **changes: Any) -> Delivery:
    return feed.district.deliver(voucher, amount, reverses=of, **changes)


def test_a_reversal_takes_back_no_more_than_was_paid(feed: Feed) -> None:
    feed.district.deliver("V1", "100")
    assert reverse(feed, "R1", "60", "V1").state == "done"
    refused = reverse(feed, "R2", "40.01", "V1")
    assert (refused.state, refused.error) == ("refused", "冲销金额超过该笔付款的余额 40.00 元")
    assert reverse(feed, "R3", "40", "V1").state == "done"
    assert feed.payments() == [Decimal(100), Decimal(-60), Decimal(-40)]


@pytest.mark.parametrize("of", ["V9", "R1"])
def test_only_a_known_payment_is_reversed(feed: Feed, of: str) -> None:
    feed.district.deliver("V1", "100")
    reverse(feed, "R1", "10", "V1")
    assert "没有可冲销的付款" in (reverse(feed, "R2", "5", of).error or "")


def test_a_payment_of_another_project_is_not_reversed(feed: Feed) -> None:
    feed.district.deliver("V1", "100")
    feed.district.start(name="另一个")
    assert "没有可冲销的付款" in (reverse(feed, "R1", "5", "V1").error or "")


def test_a_reversal_counts_in_the_year_of_its_payment(feed: Feed) -> None:
    feed.district.deliver("V1", BUDGET)
    reverse(feed, "R1", "1000", "V1", year=2026)
    with feed.district.reading() as session:
        years = session.execute(select(Payment.year, Payment.amount).order_by(Payment.id)).all()
    assert [tuple(one) for one in years] == [(2025, BUDGET), (2025, Decimal(-1000))]
