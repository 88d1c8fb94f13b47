"""What the environment may say."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.settings import load


@pytest.mark.parametrize("port", ["abc", "", "-1", "65536", "80 80"])
def test_a_port_that_is_none_is_refused_in_one_sentence(port: str) -> None:
    with pytest.raises(Invalid, match="BIHUAN_PORT"):
        load({"BIHUAN_PORT": port})


def test_the_public_address_follows_host_and_port() -> None:
    assert load({"BIHUAN_PORT": "8140"}).public_url == "http://127.0.0.1:8140"
