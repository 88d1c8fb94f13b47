"""A dishonest project manager and the documents of a gate."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine.errors import Conflict, Invalid
from engine.projects import queries
from engine.projects.commands import hand_in_document
from engine.projects.models import Document, Project
from tests.district import District

OTHER = "cd" * 32


def under_review(district: District) -> int:
    """The first gate, handed in and waiting for its keeper; one of its documents."""
    district.walk_to("gate/submit_gate")
    district.complete("shen", "submit", district.typed(district.task()))
    district.now += timedelta(minutes=5)
    with district.reading() as session:
        return queries.documents(session, district.project, "demand")[0].id


def swap(district: District, document: int) -> None:
    with district.work("shen") as work:
        hand_in_document(work, document, sha256=OTHER, file_name="另一份.pdf", size=1)


def test_a_document_replaced_while_it_is_reviewed_cannot_pass(district: District) -> None:
    document = under_review(district)
    seen = district.typed(district.task())
    swap(district, document)
    for verb in ("approve", "return"):
        with pytest.raises(Invalid, match="在送审之后被替换过"):
            district.complete("gu", verb, seen)
    for row in seen["documents"]:
        row["state"] = "已驳回"
    district.complete("gu", "return", seen)
    district.complete("shen", "submit", district.typed(district.task()))
    district.complete("gu", "approve", district.typed(district.task()))


def test_a_document_that_passed_a_moment_ago_is_not_replaced_by_who_looked_before(
    district: District,
) -> None:
    document = under_review(district)
    with district.work("shen") as work:
        work.session.get_one(Document, document)  # the page looks at it first
        work.session.execute(
            update(Document).values(state="已通过"),
            execution_options={"synchronize_session": False},
        )
        with pytest.raises(Conflict, match="已通过审核，不能替换"):
            hand_in_document(work, document, sha256=OTHER, file_name="a.pdf", size=1)


@pytest.mark.parametrize("status", ["closed", "rejected"])
def test_an_ended_project_takes_no_documents(district: District, status: str) -> None:
    document = under_review(district)
    with district.work() as work:
        work.session.get_one(Project, district.project).status = status
    with pytest.raises(Conflict, match="项目不在办理中"):
        swap(district, document)
