"""Who acted in a matter is remembered, whatever else happens in the same work."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from engine.errors import Forbidden
from engine.work import Work
from engine.workflow.commands import closing
from engine.workflow.models import Deployment
from tests.approvals import Desk, chain, filed, reviewed
from tests.district import District


def test_who_acted_is_remembered_whatever_an_effect_took_back_meanwhile(
    settled: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = reviewed("two", matter="m", duty="final")
    desk = Desk.of(settled, chain(filed(matter="m"), reviewed("one", matter="m"), last))
    plain = closing._mean

    def collides(work: Work, *told: Any) -> dict[str, Any]:
        twice = {"process": "q", "version": 1, "name": "", "sha256": "", "messages": []}
        with pytest.raises(IntegrityError), work.session.begin_nested():
            for _ in range(2):
                work.session.add(Deployment(**twice, at=work.now, by=""))
        return plain(work, *told)

    desk.act("shen", "submit")
    monkeypatch.setattr(closing, "_mean", collides)
    desk.act("gu")
    with pytest.raises(Forbidden, match="担任审核"):
        desk.act("gu")
