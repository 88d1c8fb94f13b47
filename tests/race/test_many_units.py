"""Five towns send their matters up three levels at the same time (rules.md F.20)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from engine.ledger.chain import number_entries
from engine.ledger.verify import verify_ledger
from engine.people.commands import create_unit, grant_role
from engine.people.models import Person
from engine.work import Actor
from engine.workflow import deployments
from engine.workflow.commands import complete_task
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Instance, Signer, Task
from tests.approvals import chain, filed, reviewed
from tests.district import District
from tests.race.test_commands_race import together

TOWNS, MATTERS = 5, 4
LEVELS = {"unit": "unit_head", "department": "department_reviewer", "budget": "budget_reviewer"}


def people_of_town(district: District, number: int) -> tuple[str, dict[str, Actor]]:
    """A town with somebody for each step: its path, and who acts where."""
    actors: dict[str, Actor] = {}
    with district.work("admin") as work:
        root = work.session.scalars(select(Person.unit_id).where(Person.login == "admin")).one()
        town = create_unit(work, f"9{number}", f"第{number}镇", "town", root)
        for step, role in {"file": "project_manager", **LEVELS}.items():
            name = f"{step}{number}"
            person = Person(login=name, name=name, unit_id=town.id, password="-")
            work.session.add(person)
            work.session.flush()
            grant_role(work, person.id, role, town.id)
            actors[step] = Actor(person.id, name)
        return town.path, actors


def life_of_town(district: District, path: str, actors: dict[str, Actor]) -> Callable[[], None]:
    """Every matter of one town, from hand-in to the end."""

    def matter(number: int) -> None:
        with district.work(actors["file"]) as work:
            about = About(f"town:{number}", f"事项{number}", path, actors["file"].id)
            instance = start_instance(work, "review", about, {}).id
        for step, actor in actors.items():
            with district.reading() as session:
                (task,) = session.scalars(
                    select(Task).where(Task.instance_id == instance, Task.state == "open")
                )
            verb = "submit" if step == "file" else "approve"
            with district.work(actor) as work:
                complete_task(work, task.id, verb, {}, opinion="同意")

    def live() -> None:
        for number in range(MATTERS):
            matter(number)

    return live


def test_five_towns_send_their_matters_up_three_levels_at_once(settled: District) -> None:
    files = chain(filed(), *(reviewed(id_, role) for id_, role in LEVELS.items()))
    with settled.work("admin") as work:
        deployments.deploy(work, "review", files)
    towns = [people_of_town(settled, number) for number in range(TOWNS)]
    raised = together(*(life_of_town(settled, path, actors) for path, actors in towns))
    assert raised == [None] * TOWNS
    with settled.reading() as session:
        states = session.scalars(select(Instance.status).where(Instance.process == "review")).all()
        signed = session.scalars(select(Signer.person)).all()
    assert states == ["ended"] * (TOWNS * MATTERS)
    expected = {actor.name for _, actors in towns for actor in actors.values()}
    assert {name: signed.count(name) for name in signed} == dict.fromkeys(expected, MATTERS)
    with settled.work() as work:
        number_entries(work.session)
    with settled.reading() as session:
        assert verify_ledger(session).ok
