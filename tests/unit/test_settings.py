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


@pytest.mark.parametrize("url", ["foo", "mysql://localhost/bihuan", "sqlite:relative.db"])
def test_a_database_of_another_kind_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(Invalid, match="BIHUAN_DATABASE"):
        load({"BIHUAN_DATABASE": url})


def test_a_switch_is_on_or_off() -> None:
    assert [load({"BIHUAN_DEMO": text}).demo for text in ("", "0", "1")] == [False, False, True]
    with pytest.raises(Invalid, match="BIHUAN_DEMO"):
        load({"BIHUAN_DEMO": "maybe"})
