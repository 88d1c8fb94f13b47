"""The pages of those who keep the system running: they mend machine work and read no business."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from engine import clock, registry
from engine.jobs.commands import enqueue
from engine.jobs.models import Job
from engine.jobs.run import run_due
from engine.work import MACHINE, Actor, begin
from forms.operations.masking import one_line, readable
from tests.web.conftest import District
from webhooks.inbound.commands import receive_delivery
from webhooks.inbound.models import Delivery

NAME = "莘庄镇老旧小区加装电梯"
PAGES = ("", "/deliveries", "/deployments", "/deployments/1", "/ledger", "/ledger/verification")


@registry.job("tests.stumble")
def _stumble(_work: object, _arg: object) -> None:
    raise RuntimeError(f"“{NAME}”的文件打不开\n第二行")


def _fail(district: District) -> int:
    """A job about the project that has used up its attempts."""
    with begin(district.engine, MACHINE) as work:
        job = enqueue(work, "tests.stumble", {"call": 1, "note": NAME})
    for attempt in range(8):
        run_due(district.engine, district.settings, now=clock.now() + timedelta(hours=attempt))
    return job.id


def _deliver(district: District, external_id: str, body: bytes) -> int:
    with begin(district.engine, Actor(None, "财务系统")) as work:
        delivery = receive_delivery(work, "finance", external_id, body)
    district.run_jobs()
    return delivery.id


def _state(district: District, kind: type[Job] | type[Delivery], number: int) -> str:
    with begin(district.engine, MACHINE) as work:
        return work.session.get_one(kind, number).state


def test_an_incident_says_what_failed_for_which_project_and_why(
    district: District, project: int
) -> None:
    _fail(district)
    page = district.browser("admin").get("/operations").text
    assert "tests.stumble" in page
    assert "projects.enter_stage" in page, "the operation that the job was to run"
    assert f"项目 {project}" in page
    assert f"RuntimeError: “项目 {project}”的文件打不开</summary>" in page
    assert "第二行" in page and "8 次" in page


def test_a_retried_job_leaves_the_incidents_and_a_second_click_is_told(
    district: District, project: int
) -> None:
    job = _fail(district)
    browser = district.browser("admin")
    browser.get("/operations")
    assert browser.post(f"/operations/jobs/{job}/retry").status_code == 303
    assert _state(district, Job, job) == "ready"
    assert "没有故障" in browser.get("/operations").text
    again = browser.post(f"/operations/jobs/{job}/retry")
    assert again.status_code == 409
    assert "只有失败的后台任务可以重试" in again.text


def test_a_job_that_nobody_runs_is_warned_of(district: District) -> None:
    with begin(district.engine, MACHINE) as work:
        enqueue(work, "jobs.prune", {}, run_at=clock.now() - timedelta(minutes=5))
    page = district.browser("admin").get("/operations").text
    assert "最早的一项已等待 5 分钟" in page


def test_a_refused_delivery_shows_its_body_as_harmless_text(
    district: District, project: int
) -> None:
    body = {"type": "payment", "note": f"<script>alert(1)</script>{NAME}\u202e"}
    _deliver(district, "evt-1", json.dumps(body).encode())
    page = district.browser("admin").get("/operations/deliveries").text
    assert "evt-1" in page and "应为不超过 120 字的文本" in page
    assert f"&lt;script&gt;alert(1)&lt;/script&gt;项目 {project}\\u202e" in page
    assert "<script>alert" not in page


def test_a_refused_delivery_is_replayed_and_comes_back_if_nothing_was_mended(
    district: District,
) -> None:
    delivery = _deliver(district, "evt-1", b"not json")
    browser = district.browser("admin")
    browser.get("/operations/deliveries")
    assert browser.post(f"/operations/deliveries/{delivery}/replay").status_code == 303
    assert _state(district, Delivery, delivery) == "received"
    assert browser.post(f"/operations/deliveries/{delivery}/replay").status_code == 409
    district.run_jobs()
    assert _state(district, Delivery, delivery) == "refused"
    assert "2 次" in browser.get("/operations/deliveries").text


def test_the_security_officer_reads_and_may_not_act(district: District, project: int) -> None:
    job, delivery = _fail(district), _deliver(district, "evt-1", b"not json")
    browser = district.browser("safe")
    for path in ("/operations", "/operations/deliveries"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "/retry" not in page.text and "/replay" not in page.text
    assert browser.post(f"/operations/jobs/{job}/retry").status_code == 403
    assert browser.post(f"/operations/deliveries/{delivery}/replay").status_code == 403
    assert _state(district, Job, job) == "failed"


def test_no_page_of_operations_names_a_project(district: District, project: int) -> None:
    _fail(district)
    _deliver(district, "evt-1", json.dumps({"type": "payment", "note": NAME}).encode())
    browser = district.browser("admin")
    for page in PAGES:
        answer = browser.get(f"/operations{page}")
        assert answer.status_code == 200, page
        assert NAME not in answer.text, page
        assert "style=" not in answer.text, page


def test_the_versions_of_the_processes_can_be_seen_with_their_diagrams(
    district: District, project: int
) -> None:
    browser = district.browser("admin")
    page = browser.get("/operations/deployments").text
    assert "lifecycle" in page and "现行" in page
    assert "<svg" in browser.get("/operations/deployments/1").text
    assert browser.get("/operations/deployments/99").status_code == 404


def test_the_ledger_is_checked_at_the_press_of_a_button(district: District) -> None:
    browser = district.browser("admin")
    assert "全部完整" not in browser.get("/operations/ledger").text
    assert "全部完整，没有改动" in browser.get("/operations/ledger/verification").text


def test_a_checkpoint_that_cannot_be_read_is_told_and_not_a_failure(district: District) -> None:
    latest = district.settings.var / "ledger" / "checkpoints" / "latest"
    latest.parent.mkdir(parents=True)
    latest.write_text("forged")
    answer = district.browser("admin").get("/operations/ledger/verification")
    assert answer.status_code == 200
    assert "公钥不见了" in answer.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\\u83b7\\u5956", "获奖"),
        ("\\u0000 \\u202e", "\\u0000 \\u202e"),
        ("a\x00b\u202ec\n", "a\\u0000b\\u202ec\n"),
    ],
)
def test_a_machines_text_is_shown_letter_by_letter(text: str, shown: str) -> None:
    assert readable(text) == shown


def test_an_errors_one_line_is_its_first_and_not_too_long() -> None:
    assert one_line("\n 一 \n二") == "一"
    assert len(one_line("长" * 500)) == 100
    assert one_line("") == ""
