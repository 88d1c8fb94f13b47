"""A district at size: units, persons with their roles, and open work of every kind, made by SQL.

The same statements fill SQLite and PostgreSQL. Of ten open tasks five wait for whoever holds the
role, three for one person, and two for three signers; one in ten came back from a later step. Every
process was begun by somebody, whom the segregation of duties keeps out of its reviews; one person
in fifty stands in for an absent colleague.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, bindparam, text
from sqlalchemy.engine import Connection

from engine import clock
from engine.db import Moment

BUREAUS, SECTIONS, FIRST = 100, 10, 1_000_000
"""Units; numbers of rows begin here, far from those of the stage."""
ROLES = (
    *("budget_reviewer", "performance_office", "investment_reviewer", "leader"),
    *("auditor", "expert", "clerk"),  # district-wide so far
    *("department_reviewer", "performance_officer"),  # of a bureau
    *("project_manager", "unit_head", "contract_manager"),  # of a section
)

DISTRICT = """
INSERT INTO unit (id, code, name, kind, parent_id, path, active)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :bureaus * :sections - 1)
SELECT :first + i, 'b' || i, '科', 'section', 1,
       '/1/' || (:first + i / :sections) || '/' || (:first + i) || '/', true FROM n
"""
PERSONS = """
INSERT INTO person (id, login, name, title, unit_id, password, must_change_password, failures,
                    epoch, active)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :persons - 1)
SELECT :first + i, 'p' || i, '某' || i, '', :first + i % (:bureaus * :sections), '', false, 0, 1,
       true FROM n
"""
SCOPES = """
INSERT INTO unit (id, code, name, kind, parent_id, path, active)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :bureaus - 1)
SELECT 2 * :first + i, 's' || i, '局', 'bureau', 1, '/1/' || (:first + i) || '/', true FROM n
"""
"""The bureaus; their number in paths is that of their first section's place."""
GRANTS = """
INSERT INTO role_assignment (person_id, role, unit_id)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :persons - 1)
SELECT :first + i, r.name,
       CASE WHEN r.number < 7 THEN 1
            WHEN r.number < 9 THEN 2 * :first + (i % 1000) / 10
            ELSE :first + i % 1000 END
FROM n JOIN bench_role r ON
     (i < 350 AND r.number = i % 7) OR (i BETWEEN 350 AND 1349 AND r.number = 7 + i / 10 % 2)
     OR (i >= 1350 AND r.number = 9 + i / 1000 % 3) OR (i % 50 = 0 AND r.number = 9)
"""
INSTANCES = """
INSERT INTO instance (id, version, deployment_id, process, subject, title, unit_path, state, status,
                      party_id, waits, started_by, started_at)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :many - 1)
SELECT :from + i, 1, 1, 'lifecycle', 'project:' || i, '第' || i || '号项目',
       u.path, p.body, :status, :first + i % :persons, '', '某', m.at
FROM n JOIN bench_moment m ON m.number = i % 400
     JOIN unit u ON u.id = :first + i * 79 % 1000 CROSS JOIN bench_body p
"""
TASK = """
INSERT INTO task (id, instance_id, token, node, path, title, role, unit_path, assignee_id, party_id,
                  form, matter, duty, round, why, state, due_estimated, paused, urged, approval,
                  signed, opened_at, due_at, closed_at, verb, answers)
"""
BEGUN = (
    TASK
    + """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :many * :each - 1)
SELECT :start + i, :from + i / :each, 'd' || i, 'lifecycle/declare' || i % :each, '[]', '填报',
       'project_manager', s.unit_path, NULL, s.party_id, 'opinion', 'lifecycle',
       CASE WHEN i % :each = 0 THEN 'handle' ELSE 'review' END, 1, '',
       'done', false, 0, 0, NULL, false, m.at, m.at, m.at, 'submit', p.answers
FROM n JOIN instance s ON s.id = :from + i / :each
     JOIN bench_moment m ON m.number = i % 400 CROSS JOIN bench_body p
"""
)
ACTS = """
INSERT INTO signer (task_id, instance_id, person_id, person, role, seq, source, state, verb,
                    opinion, at)
SELECT t.id, t.instance_id, :first + (t.id * 73) % :persons, '某', t.role, 0, 'defined', 'done',
       'submit', '同意', t.closed_at
FROM task t WHERE t.id >= :start AND t.state = 'done'
"""
OPEN = (
    TASK
    + """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :tasks - 1)
SELECT :start + i, :from + i / 2, 'o' || i, 'lifecycle/review' || i % 2, '[]', '审核', r.name,
       s.unit_path,
       CASE WHEN i % 10 IN (5, 6, 7) THEN :first + i * 79 % :persons END,
       s.party_id, 'opinion', 'lifecycle', 'review', 1,
       CASE WHEN i * 31 / 7 % 10 = 3 THEN '请补充' ELSE '' END,
       'open', false, 0, 0, NULL, i % 10 > 7, m.at,
       CASE WHEN i % 11 > 0 THEN d.at END, NULL, NULL, NULL
FROM n JOIN instance s ON s.id = :from + i / 2
     JOIN bench_role r ON r.number = i / 13 % 12
     JOIN bench_moment m ON m.number = i % 400
     JOIN bench_moment d ON d.number = i * 31 % 400
"""
)
GIVEN = """
UPDATE task SET role = (SELECT min(a.role) FROM role_assignment a WHERE a.person_id = assignee_id),
  unit_path = (SELECT min(u.path) FROM role_assignment a JOIN unit u ON u.id = a.unit_id
               WHERE a.person_id = assignee_id)
WHERE assignee_id IS NOT NULL
"""
PARTS = """
INSERT INTO signer (task_id, instance_id, person_id, person, role, seq, source, state, verb,
                    opinion, asked_at, at)
SELECT t.id, t.instance_id, :first + (t.id * 73 + k.number * 1709) % :persons, '某', t.role,
       k.number, 'defined', CASE WHEN k.number = 2 THEN 'waiting' ELSE 'active' END, '', '',
       t.opened_at, t.opened_at
FROM task t JOIN bench_moment k ON k.number < 3 WHERE t.signed
"""
AWAY = """
INSERT INTO absence (person_id, delegate_id, from_at, to_at, scope, created_by, created_at)
SELECT p.id + 1, p.id, a.at, b.at, '[]', '某', a.at
FROM person p JOIN bench_moment a ON a.number = 0 JOIN bench_moment b ON b.number = 399
WHERE p.id >= :first AND p.id % 50 = 0
"""


def fill(engine: Engine, tasks: int, persons: int, ended: int) -> list[int]:
    """Make the district; the numbers of its persons."""
    size = {"first": FIRST, "persons": persons, "bureaus": BUREAUS, "sections": SECTIONS}
    open_ = {"many": (tasks + 1) // 2, "from": FIRST, "each": 1, "status": "active"}
    over = {"many": ended, "from": 2 * FIRST, "each": 10, "status": "ended"}
    with engine.execution_options(writing=True).begin() as connection:
        _prepare(connection)

        def run(statement: str, **told: int | str) -> None:
            values = {name: one for name, one in (size | told).items() if f":{name}" in statement}
            connection.execute(text(statement), values)

        for one in (DISTRICT, SCOPES, PERSONS, GRANTS, AWAY):
            run(one)
        for start, sort in ((FIRST, open_), *([(4 * FIRST, over)] if ended else [])):
            run(INSTANCES, **sort)
            run(BEGUN, start=start, **sort)
        run(ACTS, start=FIRST)
        run(OPEN, start=10 * FIRST, tasks=tasks, **{"from": FIRST})
        run(GIVEN)
        run(PARTS)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
        )
    return [FIRST + number for number in range(persons)]


def _prepare(connection: Connection) -> None:
    kinds = (
        ("timestamp", "blob") if connection.dialect.name == "sqlite" else ("timestamptz", "bytea")
    )
    connection.exec_driver_sql("CREATE TEMP TABLE bench_role (number int, name text)")
    connection.exec_driver_sql(f"CREATE TEMP TABLE bench_moment (number int, at {kinds[0]})")
    connection.exec_driver_sql(f"CREATE TEMP TABLE bench_body (body {kinds[1]}, answers text)")
    roles = [{"number": number, "name": name} for number, name in enumerate(ROLES)]
    connection.execute(text("INSERT INTO bench_role VALUES (:number, :name)"), roles)
    moments = text("INSERT INTO bench_moment VALUES (:number, :at)")
    moments = moments.bindparams(bindparam("at", type_=Moment))
    now = clock.now()
    days = [{"number": one, "at": now + timedelta(hours=6 * one - 1200)} for one in range(400)]
    connection.execute(moments, days)
    body = {"body": bytes(range(256)) * 8, "answers": '{"opinion":"' + "同意" * 200 + '"}'}
    connection.execute(text("INSERT INTO bench_body VALUES (:body, :answers)"), body)
