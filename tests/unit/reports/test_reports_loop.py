"""A verdict is about the file, wherever it is asked for."""

from __future__ import annotations

import asyncio

from reports.verify import verify
from tests.unit.reports.conftest import Office


def test_a_sealed_file_is_valid_inside_an_event_loop_too(office: Office, sealed: bytes) -> None:
    async def asked() -> str:
        return verify(sealed, office.trust).verdict

    assert asyncio.run(asked()) == "valid"
