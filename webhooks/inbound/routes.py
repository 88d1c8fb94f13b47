"""`POST /webhooks/<source>`: verify the raw bytes, keep them, answer 202."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Engine
from werkzeug.exceptions import RequestEntityTooLarge

from engine.errors import BihuanError, Conflict, Forbidden, NotFound
from engine.work import Actor, begin
from webhooks.inbound.commands import receive_delivery
from webhooks.inbound.jobs import HANDLERS
from webhooks.inbound.signatures import check, installed_secret

LARGEST = 20_000  # bytes; Standard Webhooks
CODES: dict[type[BihuanError], int] = {Forbidden: 401, Conflict: 409, NotFound: 404}


def blueprint(engine: Engine, secrets: Path) -> Blueprint:
    """The routes for machines, on one database and with the secrets of one folder."""
    routes = Blueprint("inbound", __name__)

    @routes.post("/webhooks/<source>")
    def receive(source: str) -> tuple[Response, int]:
        request.max_content_length = LARGEST
        try:
            return _receive(engine, secrets, source), 202
        except RequestEntityTooLarge:
            return jsonify({"error": "too_large", "message": "内容超过 20 kB"}), 413
        except BihuanError as error:
            code = next((CODES[kind] for kind in CODES if isinstance(error, kind)), 400)
            return jsonify({"error": error.code, "message": error.message}), code

    return routes


def _receive(engine: Engine, secrets: Path, source: str) -> Response:
    if source not in HANDLERS:
        raise NotFound("没有这个接入来源")
    body = request.get_data(cache=False)
    external_id = request.headers.get("webhook-id", "")
    check(
        installed_secret(secrets, source),
        external_id=external_id,
        timestamp=request.headers.get("webhook-timestamp", ""),
        signature=request.headers.get("webhook-signature", ""),
        body=body,
        now=datetime.now(UTC),
    )
    with begin(engine, Actor(None, "财务系统")) as work:
        delivery = receive_delivery(work, source, external_id, body)
        return jsonify({"delivery": delivery.id, "state": delivery.state})
