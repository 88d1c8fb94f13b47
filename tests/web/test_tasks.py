"""The inbox and the task page over HTTP, with the shipped diagrams and forms."""

from __future__ import annotations

import io
import re

from engine.people.models import RoleAssignment
from engine.projects import queries
from engine.work import MACHINE, begin
from forms.render import FormSchema, compare
from tests.web.conftest import Browser, District

DECLARATION = {
    "answers-overall_goal": "改善居住条件",
    "answers-background": "小区楼龄三十年以上",
    "answers-basis": "区政府实事项目",
    "answers-plan": "分三批实施",
    "answers-start": "2024-03-01",
    "answers-end": "2024-12-20",
    "answers-estimate": "１２，０００，０００",
}
EX_ANTE = {f"answers-{key}": "18" for key in ("necessity", "economy", "goals", "feasibility")}


def _declare(browser: Browser, **changed: str) -> None:
    browser.get("/tasks/1")
    answer = browser.post("/tasks/1/completion", {**DECLARATION, "verb": "submit", **changed})
    assert answer.status_code == 303, answer.text


def _assess(browser: Browser) -> None:
    browser.get("/tasks/2")
    marks = {**EX_ANTE, "answers-funding": "18", "answers-conclusion": "supported"}
    assert browser.post("/tasks/2/completion", {**marks, "verb": "submit"}).status_code == 303


def test_the_inbox_counts_what_waits(district: District, project: int) -> None:
    page = district.browser("zhang").get("/").text
    assert '待办 <span class="count">1</span>' in page
    assert "填报立项申报书" in page
    assert "莘庄镇老旧小区加装电梯" in page


def test_the_inbox_is_filtered_by_its_address(district: District, project: int) -> None:
    browser = district.browser("zhang")
    for query, found in (
        ("text=电梯", True),
        ("text=地铁", False),
        ("stage=declaration", True),
        ("stage=closure", False),
        ("type=construction", True),
        ("type=service", False),
        ("overdue=1", False),
    ):
        assert ("填报立项申报书" in browser.get(f"/?{query}").text) is found, query


def test_the_button_says_where_it_goes(district: District, project: int) -> None:
    assert "提交，送“事前绩效评估”" in district.browser("zhang").get("/tasks/1").text


def test_a_refused_form_keeps_what_was_typed_and_says_why(district: District, project: int) -> None:
    browser = district.browser("zhang")
    browser.get("/tasks/1")
    given = {**DECLARATION, "answers-plan": "", "answers-estimate": "约一千万", "verb": "submit"}
    answer = browser.post("/tasks/1/completion", given)
    assert answer.status_code == 422
    assert "改善居住条件" in answer.text
    assert 'value="约一千万"' in answer.text
    assert 'href="#answers-plan"' in answer.text
    assert 'id="answers-estimate-error"' in answer.text


def test_what_the_engine_refuses_stands_beside_its_field(district: District, project: int) -> None:
    browser = district.browser("zhang")
    browser.get("/tasks/1")
    given = {**DECLARATION, "answers-end": "2023-01-01", "verb": "submit"}
    answer = browser.post("/tasks/1/completion", given)
    assert answer.status_code == 422
    assert 'id="answers-end-error"' in answer.text


def test_a_draft_is_kept_unchecked_and_comes_back(district: District, project: int) -> None:
    browser = district.browser("zhang")
    browser.get("/tasks/1")
    given = {"answers-overall_goal": "写了一半", "answers-estimate": "待定", "verb": "draft"}
    assert browser.post("/tasks/1/completion", given).status_code == 303
    page = browser.get("/tasks/1").text
    assert "写了一半" in page and 'value="待定"' in page and "草稿保存于" in page


def test_numbers_typed_full_width_become_plain_numbers(district: District, project: int) -> None:
    _declare(district.browser("zhang"))
    with begin(district.engine, MACHINE) as work:
        assert queries.figures(work.session, project)["估算"] == 12_000_000


def test_a_second_click_is_told_who_acted_and_when(district: District, project: int) -> None:
    browser = district.browser("zhang")
    _declare(browser)
    answer = browser.post("/tasks/1/completion", {**DECLARATION, "verb": "submit"})
    assert answer.status_code == 409
    assert "已由 张明 于" in answer.text
    assert "已由 张明 于" in browser.get("/tasks/1").text


def test_who_declared_cannot_judge_and_is_told_why(district: District, project: int) -> None:
    with begin(district.engine, MACHINE) as work:
        work.session.add(
            RoleAssignment(
                person_id=district.persons["zhang"],
                role="performance_office",
                unit_id=district.units["district"],
            )
        )
    browser = district.browser("zhang")
    _declare(browser)
    page = browser.get("/tasks/2").text
    assert "您已在本事项中担任经办" in page
    assert 'aria-disabled="true"' in page
    marks = {**EX_ANTE, "answers-funding": "18", "answers-conclusion": "supported"}
    assert browser.post("/tasks/2/completion", {**marks, "verb": "submit"}).status_code == 403


def test_a_returned_form_begins_with_all_that_was_handed_in(
    district: District, project: int
) -> None:
    browser = district.browser("zhang")
    _declare(browser)
    _assess(district.browser("sun"))
    told = {"verb": "return", "opinion": "请核对估算", "return_to": "lifecycle/declare_project"}
    assert district.browser("li").post("/tasks/3/completion", told).status_code == 303
    page = browser.get("/tasks/4").text
    assert "请核对估算" in page
    for field, value in (("start", "2024-03-01"), ("estimate", "12000000.00")):
        tag = re.search(rf'<input[^>]*name="answers-{field}"[^>]*>', page)
        assert tag and f'value="{value}"' in tag[0], field


def test_returning_needs_an_opinion_and_goes_back_to_the_person(
    district: District, project: int
) -> None:
    _declare(district.browser("zhang"))
    _assess(district.browser("sun"))
    reviewer = district.browser("li")
    page = reviewer.get("/tasks/3").text
    assert "退回给 张明（填报立项申报书）" in page
    assert "改善居住条件" in page, "the reviewer sees what was handed in"
    refused = reviewer.post("/tasks/3/completion", {"verb": "return", "opinion": " "})
    assert refused.status_code == 422
    assert 'id="opinion-error"' in refused.text
    given = {"verb": "return", "opinion": "请补充依据", "return_to": "lifecycle/declare_project"}
    assert reviewer.post("/tasks/3/completion", given).status_code == 303
    page = district.browser("zhang").get("/?tab=returned").text
    assert "请补充依据" in page


def test_what_changed_since_the_last_round_is_marked(district: District, project: int) -> None:
    manager, reviewer = district.browser("zhang"), district.browser("li")
    _declare(manager)
    _assess(district.browser("sun"))
    reviewer.get("/tasks/3")
    reviewer.post("/tasks/3/completion", {"verb": "return", "opinion": "请补充依据"})
    manager.get("/tasks/4")
    changed = {**DECLARATION, "answers-basis": "沪府办发〔2023〕1号", "verb": "submit"}
    assert manager.post("/tasks/4/completion", changed).status_code == 303
    page = district.browser("sun").get("/tasks/5").text
    assert '<div class="changed"><dt>立项依据</dt>' in page
    assert "与上次相比，有 1 处改动" in page
    assert "<del>区政府实事项目</del>" in page and "<ins>沪府办发〔2023〕1号</ins>" in page


def test_rows_added_and_taken_away_are_told(district: District) -> None:
    question = {"type": "textfield", "key": "name", "label": "指标"}
    number = {"type": "textfield", "key": "target", "label": "指标值"}
    rows = {"type": "dynamiclist", "path": "rows", "label": "绩效指标"}
    schema = FormSchema.load({"components": [{**rows, "components": [question, number]}]})
    before = [{"name": "服务老人数", "target": "≥100人"}, {"name": "培训场次", "target": "≥3场"}]
    after = [{"name": "服务老人数", "target": "≥120人"}]
    changes = compare(schema, {"rows": before}, {"rows": after})
    with district.app.test_request_context():
        parts = district.app.jinja_env.get_template("inbox/parts.html").module
        told = parts.compared(changes)  # type: ignore[attr-defined] # a macro
    assert "绩效指标，第 1 行：指标值" in told and "<del>≥100人</del>" in told
    assert "删去" in told and "指标：培训场次" in told


def test_the_diagram_shows_the_way(district: District, project: int) -> None:
    page = district.browser("zhang").get("/tasks/1").text
    assert "<svg" in page and "事前绩效评估" in page


def test_a_file_that_is_not_a_document_is_refused(district: District, project: int) -> None:
    browser = district.browser("zhang")
    browser.get(f"/projects/{project}")
    file = (io.BytesIO(b"<script>alert(1)</script>"), "evil.html")
    answer = browser.post("/documents/1/file", {"file": file})
    assert answer.status_code == 422
    assert "不能上传这种文件" in answer.text


def test_a_document_handed_in_can_be_opened_by_those_who_see_the_project(
    district: District, project: int
) -> None:
    browser = district.browser("zhang")
    browser.get(f"/projects/{project}")
    file = (io.BytesIO(b"%PDF-1.7 a letter"), "申请表.pdf")
    assert browser.post("/documents/1/file", {"file": file}).status_code == 303
    assert "申请表.pdf" in browser.get(f"/projects/{project}").text
    opened = district.browser("wang").get("/documents/1/file")
    assert opened.data == b"%PDF-1.7 a letter"
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert district.browser("other").get("/documents/1/file").status_code == 404
