"""Making the lives of the demonstration: what chance and the calendar give each plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import Engine

from engine.clock import SHANGHAI
from engine.people.calendar import Calendar
from engine.people.models import Person
from engine.projects.packs import Pack
from engine.settings import Settings
from forms.demo.foundation import District
from forms.demo.life import Life
from forms.demo.pace import MEAN, Pace
from forms.demo.places import bureaus, towns
from forms.demo.plan import CLOSED, Plan
from forms.demo.topics import EXECUTION_WEIGHT, Fortune
from forms.walk.case import Case

SEED = 20240102
PHASES = ("", "二期", "三期", "四期")


@dataclass
class Casting:
    """What all lives share."""

    engine: Engine
    settings: Settings
    packs: Mapping[str, Pack]
    district: District
    calendar: Calendar
    now: datetime
    acts: Counter[int] = field(default_factory=Counter)
    projects: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)

    def life(self, number: int, plan: Plan) -> Life:
        """The life of a plan; the same for the same `number`, plan and `now`."""
        random = Random(SEED + number)  # noqa: S311 - a demonstration that is alike every time
        fortune = Fortune.draw(plan.topic, random, plan.weak)
        return Life(
            self.engine,
            self.settings,
            _case(plan, self._name(plan), fortune),
            self.packs,
            plan=plan,
            district=self.district,
            manager=self._manager(plan.unit),
            pace=self._pace(plan, random),
            fortune=fortune,
            random=random,
            acts=self.acts,
        )

    def _name(self, plan: Plan) -> str:
        """The project's name; the second of one unit, year and topic is a second phase."""
        first, last = plan.first_year, plan.last_year
        years = f"{first}年" if first == last else f"{first}—{last}年"
        name = f"{_unit(plan)}{years}{plan.topic.title}项目"
        self.names[name] += 1
        phase = PHASES[self.names[name] - 1]
        return f"{name}{phase}（演示）"

    def _manager(self, unit: str) -> Person:
        """The unit's 项目经办 take its projects in turn."""
        managers = self.district.managers(unit)
        self.projects[unit] += 1
        return managers[(self.projects[unit] - 1) % len(managers)]

    def _pace(self, plan: Plan, random: Random) -> Pace:
        until = self._until(plan, random)
        opening = datetime(plan.first_year, 1, 8, 9, tzinfo=SHANGHAI)
        opening += timedelta(days=random.randint(0, 35), minutes=random.randint(0, 480))
        if not plan.in_season and not plan.rejects:
            opening = max(opening, until - MEAN * plan.length)
        pace = Pace(self.calendar, random, min(opening, until - timedelta(days=2)), until)
        pace.advance(1 << 10)
        return pace

    def _until(self, plan: Plan, random: Random) -> datetime:
        """The last moment of a life: some days ago, or when the closed one was closed."""
        days = random.uniform(45, 70) if plan.late else random.uniform(1, 12)
        latest = self.now - timedelta(days=days)
        if plan.stop != CLOSED:
            return latest
        return min(latest, datetime(plan.last_year + 1, 3, 31, 17, tzinfo=SHANGHAI))


def _unit(plan: Plan) -> str:
    return next(one.name for one in (*towns(), *bureaus()) if one.key == plan.unit)


def _case(plan: Plan, name: str, fortune: Fortune) -> Case:
    unit = _unit(plan)
    return Case(
        name=name,
        place="上海市闵行区" + ("" if unit.startswith("区") else unit),
        department=unit,
        unit=f"{unit}项目办",
        year=plan.first_year,
        type=plan.topic.type,
        initial=fortune.yearly,
        adjusted=fortune.yearly * (plan.last_year - plan.first_year + 1),
        executed=Decimal(0),
        execution_weight=EXECUTION_WEIGHT,
        execution_published=None,
        rows=(),
    )
