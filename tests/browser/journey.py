"""A project's life by clicking: whoever has the next task in their inbox opens and answers it.

Nothing here knows which task comes next, nor what its form asks; how people behave on the way
(what they return, what is paid, what is put right) is told here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from typing import Any

from playwright.sync_api import Browser, Page, expect

from engine import clock
from engine.people.roles import ROLES
from engine.workflow.queries import TaskView
from engine.workflow.verbs import FORWARD
from forms.walk.answers import answers_for
from forms.walk.cast import PARTS
from tests.browser.conftest import DESK
from tests.browser.district import District, Seat, until
from tests.browser.filling import fill
from tests.browser.tour import Tour

OPINION = "权重与指标值请再核对后重新报送"
MOST_STEPS = 200
WAIT = 60.0  # seconds for the machine's own steps, and for everybody to look into their inbox
PATIENCE = 3.0  # seconds in which only those look whom the last page named
ROLE = {part.login: part.role for part in PARTS}
CLERKS = tuple(login for login, role in ROLE.items() if role != "auditor")


@dataclass
class Journey:
    """The project's life so far, and the people who live it."""

    district: District
    browser: Browser
    tour: Tour
    seats: dict[str, Seat] = field(default_factory=dict)
    project_id: int = 0
    acted: list[str] = field(default_factory=list)
    told: str = ""
    returned: dict[str, str] = field(default_factory=dict)
    extra: Decimal = Decimal(0)
    reversed: bool = False

    def seat(self, login: str) -> Seat:
        """The person's seat; they sign in when they are first needed."""
        if login not in self.seats:
            self.seats[login] = self.district.seat(self.browser, login, **DESK)
        return self.seats[login]

    def project_page(self, login: str) -> Page:
        """The project's page, opened by its address."""
        page = self.seat(login).page
        page.goto(f"{self.district.served.url}/projects/{self.project_id}")
        return page

    def begin(self, login: str) -> None:
        """Start the project step by step in the wizard."""
        page = self.seat(login).page
        page.get_by_role("navigation").get_by_role("link", name="项目").click()
        self.tour.look(page, "projects-empty")
        page.get_by_role("link", name="新建项目").first.click()
        while page.locator("form.stack [name=step]").count():
            self.tour.look(page, f"wizard-{page.locator('[name=step]').input_value()}")
            fill(page, self._draft(), "form.stack")
            with page.expect_navigation():
                page.locator("form.stack .btn-primary").click()
            expect(page.locator(".error-summary")).to_have_count(0)
        expect(page.locator("main")).to_contain_text(self.district.case.name)
        self.tour.look(page, "wizard-check")
        page.get_by_role("button", name="提交，开始立项申报").click()
        expect(page.locator(".alert")).to_contain_text("项目已提交")
        self.told = ROLES[ROLE[login]]

    def _draft(self) -> dict[str, Any]:
        case = self.district.case
        goals = {
            "overall_goal": f"完成“{case.name}”年度任务。",
            "background": "老年居民上下楼困难，居民集中反映。",
            "basis": "部门职责与年度工作计划。",
            "plan": "按季度推进，年内完成。",
        }
        return goals | {
            "name": case.name,
            "type": case.type,
            "origin": "new",
            "place": case.place,
            "first_year": case.year,
            "last_year": case.year,
            "amount": case.initial,
            "starts_on": f"{case.year}-01-01",
            "ends_on": f"{case.year}-12-31",
        }

    def live(self) -> None:
        """Do what the inboxes hold until nobody has anything left and a paper is there."""
        for _ in range(MOST_STEPS):
            found = self._next()
            if found is None:
                return
            self._do(*found)
        raise AssertionError(f"not closed after {MOST_STEPS} steps, at last by {self.acted[-5:]}")

    def _next(self) -> tuple[Seat, TaskView] | None:
        """A task of ours, opened by its person; None once the closure paper is there."""
        found: list[tuple[Seat, TaskView]] = []
        began = time.monotonic()

        def look() -> bool:
            for login in self._order(everybody=time.monotonic() - began > PATIENCE):
                view = self._open_first(self.seat(login))
                if view is not None:
                    found.append((self.seat(login), view))
                    return True
            return self.project_page("shen").locator("#papers a").count() > 0

        until(look, WAIT, "没有人有待办，项目也没有结项")
        return found[0] if found else None

    def _order(self, *, everybody: bool) -> list[str]:
        """Whom the last page named as next, then anybody; who acted longest ago comes first."""
        last = {login: number for number, login in enumerate(self.acted)}
        named = [login for login in CLERKS if ROLES[ROLE[login]] in self.told]
        return sorted(CLERKS if everybody or not named else named, key=lambda x: last.get(x, -1))

    def _open_first(self, seat: Seat) -> TaskView | None:
        page = seat.page
        page.goto(self.district.served.url)
        rows = page.locator("[data-item]").filter(has_text=self.district.case.name)
        for number in range(rows.count()):
            link = rows.nth(number).locator("[data-open]")
            task_id = int(str(link.get_attribute("href")).rpartition("/")[2])
            view = self.district.view(task_id, seat.login)
            if view.task.form == "monitoring" and self._money_is_wrong():
                continue
            self.tour.look(page, "inbox")
            link.click()
            page.wait_for_url("**/tasks/*")
            return view
        return None

    def _money_is_wrong(self) -> bool:
        """Whether an overspending is still open; the year's money is spent when first asked."""
        if not self.extra:
            self._overspend()
        page = self.project_page("gu")
        wrong = page.locator("#alerts .state-bad").count() > 0
        self.seat("shen").page.goto(self.district.served.url)
        return wrong

    def _overspend(self) -> None:
        """Pay what the table says, and then once more, 10 % over the budget."""
        self._adjust_budget()
        case = self.district.case
        limit = (case.adjusted * Decimal("1.1")).quantize(Decimal("0.01"), ROUND_UP)
        self.extra = limit - case.executed
        assert self.district.deliver(self.project_id, "P1", case.executed) == 202
        assert self.district.deliver(self.project_id, "P2", self.extra) == 202
        until(self._alert_shows, WAIT, "超支预警")
        self.tour.look(self.project_page("shen"), "project-alert")
        self._check_notice("预警：")

    def _check_notice(self, text: str) -> None:
        """The manager is told, and led to the project."""
        page = self.seat("shen").page
        page.get_by_role("navigation").get_by_role("link", name="通知").click()
        expect(page.locator("main")).to_contain_text(text)
        self.tour.look(page, "notices")
        page.locator("main a").filter(has_text=self.district.case.name).first.click()
        expect(page.locator("#alerts")).to_be_visible()

    def _adjust_budget(self) -> None:
        """The finance bureau cuts the year's budget, on the project's page."""
        page, adjusted = self.project_page("zhou"), self.district.case.adjusted
        page.locator("#adjust > summary").click()
        answers = {"source": "财政拨款", "adjusted": adjusted, "reason": "按批准的调整方案"}
        fill(page, answers, "#adjust form")
        self.tour.look(page, "project-adjusting")
        with page.expect_navigation():
            page.locator("#adjust .btn-primary").click()
        expect(page.locator("#money .budget-bar")).to_contain_text(f"{adjusted / 10_000:,.2f}")

    def _alert_shows(self) -> bool:
        return "支出超过预算 10% 以上" in self.project_page("shen").locator("main").inner_text()

    def _do(self, seat: Seat, view: TaskView) -> None:
        page = seat.page
        self.project_id = int(view.instance.subject.partition(":")[2])
        expect(page.locator("h1")).to_have_text(view.task.title)
        fill(page, self._answers(view))
        self.tour.look(page, f"task-{view.task.form}")
        kind = self._way_back(view)
        if kind:
            self._send_back(seat, view, kind)
        else:
            self._send_on(seat, view)
        self.acted.append(seat.login)

    def _answers(self, view: TaskView) -> dict[str, Any]:
        facts = {**view.prefill, **(view.draft.answers if view.draft else {})}
        today = clock.local(clock.now()).date()
        return answers_for(
            view.task.form,
            self.district.schema(view),
            facts,
            self.district.case,
            today,
            lambda name: {"name": f"{name}.pdf"},
        )

    def _way_back(self, view: TaskView) -> str:
        """Each of the two ways back is taken once, where both are offered, in matters apart."""
        kinds = {target.kind for target in view.targets}
        if kinds != {"previous", "starter"} or view.task.matter in self.returned.values():
            return ""
        return next((kind for kind in ("previous", "starter") if kind not in self.returned), "")

    def _send_back(self, seat: Seat, view: TaskView, kind: str) -> None:
        """Return the task; first without an opinion, which is refused at the field."""
        page = seat.page
        target = next(one for one in view.targets if one.kind == kind)
        page.get_by_role("group", name="退回给谁").get_by_label(target.person).check()
        self._press(page, "return")
        expect(page.locator("#opinion-error")).to_be_visible()
        expect(page.locator(".error-summary a[href='#answers-opinion']")).to_be_visible()
        expect(
            page.get_by_role("group", name="退回给谁").get_by_label(target.person)
        ).to_be_checked()
        self.tour.look(page, "task-refused")
        page.locator("#answers-opinion").fill(OPINION)
        self._press(page, "return")
        expect(page.locator(".alert").first).to_contain_text("已退回")
        self.told = page.locator(".alert").first.inner_text()
        self.returned[kind] = view.task.matter
        self._check_returned(target.person, seat.name)

    def _check_returned(self, to: str, by: str) -> None:
        """Whoever gets it back finds it under 被退回, with who wrote what."""
        back = next(part.login for part in PARTS if part.name == to)
        page = self.seat(back).page
        page.goto(f"{self.district.served.url}/?tab=returned")
        page.locator("[data-open]").first.click()
        expect(page.locator(".alert-warning")).to_contain_text(by)
        expect(page.locator("main")).to_contain_text(OPINION)
        expect(page.locator(".crumbs")).to_contain_text("第 2 次")
        self.tour.look(page, "task-returned")

    def _send_on(self, seat: Seat, view: TaskView) -> None:
        """Go forward; a 销号 that comes too early is refused with its reason."""
        page, verb = seat.page, next(one for one in view.verbs if one in FORWARD)
        self._press(page, verb)
        if view.task.form == "rectification_closure" and not self.reversed:
            summary = page.locator(".error-summary")
            expect(summary).to_contain_text("问题仍然存在，不能销号")
            self.tour.look(page, "task-not-yet")
            self._take_back()
            self._press(page, verb)
        expect(page.locator(".error-summary")).to_have_count(0)
        expect(page.locator(".alert").first).to_contain_text("已")
        self.told = page.locator(".alert").first.inner_text()

    def _take_back(self) -> None:
        """The overpayment comes back from the payee."""
        self.reversed = True
        assert self.district.deliver(self.project_id, "R2", self.extra, reverses="P2") == 202
        paid = f"{self.district.case.executed / 10_000:,.2f}"
        money = "#money .budget-bar"
        until(
            lambda: paid in self.project_page("shen").locator(money).inner_text(), WAIT, "冲回支出"
        )

    def _press(self, page: Page, verb: str) -> None:
        button = page.locator(f".action-bar button[name=verb][value={verb}]")
        assert button.get_attribute("aria-disabled") is None, button.get_attribute("data-reason")
        with page.expect_navigation():
            button.click()
