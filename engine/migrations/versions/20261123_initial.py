"""Initial."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "initial"
down_revision = None
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    _calendar_day()
    _delivery()
    _deployment()
    _dictionary_entry()
    _entry()
    _job()
    _risk_rule()
    _unit()
    _deployment_file()
    _person()
    _instance()
    _notice()
    _project()
    _role_assignment()
    _session()
    _alert()
    _assessment()
    _budget_line()
    _document()
    _evaluation()
    _paper()
    _passage()
    _payment()
    _project_figure()
    _service_call()
    _stage_gate()
    _target()
    _task()
    _year_plan()
    _draft()
    _evaluation_row()
    _observation()
    _rectification()
    _signer()


def _calendar_day() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_delivery_source_external_id")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_state"), ["state"], unique=False)


def _deployment() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("messages", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("process", "version", name=op.f("uq_deployment_process_version")),
    )


def _dictionary_entry() -> None:
    op.create_table(
        "dictionary_entry",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("dictionary", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_entry")),
        sa.UniqueConstraint("dictionary", "key", name=op.f("uq_dictionary_entry_dictionary_key")),
    )


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("number", Key, nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("matter", sa.String(length=80), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("number", name=op.f("uq_entry_number")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index("ix_entry_matter", ["matter", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_subject"), ["subject"], unique=False)


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("arg", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_due", ["state", "run_at", "id"], unique=False)
        batch_op.create_index("ix_job_lease", ["state", "lease_until", "id"], unique=False)


def _risk_rule() -> None:
    op.create_table(
        "risk_rule",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("expression", sa.String(length=1000), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_rule")),
        sa.UniqueConstraint("key", name=op.f("uq_risk_rule_key")),
    )


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_id", Key, nullable=True),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_path"), ["path"], unique=False)


def _deployment_file() -> None:
    op.create_table(
        "deployment_file",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("deployment_id", Key, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_deployment_file_deployment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_file")),
        sa.UniqueConstraint(
            "deployment_id", "name", name=op.f("uq_deployment_file_deployment_id_name")
        ),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", Key, nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_person_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_unit_id"), ["unit_id"], unique=False)


def _instance() -> None:
    op.create_table(
        "instance",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deployment_id", Key, nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("unit_path", sa.String(length=200), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("party_id", Key, nullable=True),
        sa.Column("started_by", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_instance_deployment_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["person.id"], name=op.f("fk_instance_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instance_status"), ["status"], unique=False)
        batch_op.create_index("ix_instance_subject", ["subject"], unique=False)


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_person", ["person_id", "read_at"], unique=False)


def _project() -> None:
    op.create_table(
        "project",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("unit_id", Key, nullable=False),
        sa.Column("unit_path", sa.String(length=200), nullable=False),
        sa.Column("department_id", Key, nullable=True),
        sa.Column("manager_id", Key, nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("pilot", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("overall_goal", sa.Text(), nullable=False),
        sa.Column("background", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["unit.id"], name=op.f("fk_project_department_id")
        ),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_project_manager_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_project_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_manager_id"), ["manager_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_status"), ["status"], unique=False)
        batch_op.create_index("ix_project_unit", ["unit_path"], unique=False)


def _role_assignment() -> None:
    op.create_table(
        "role_assignment",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("unit_id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_assignment_person_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_role_assignment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
        sa.UniqueConstraint(
            "person_id", "role", "unit_id", name=op.f("uq_role_assignment_person_id_role_unit_id")
        ),
    )
    with op.batch_alter_table("role_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_assignment_role"), ["role"], unique=False)


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("secret", name=op.f("uq_session_secret")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_person_id"), ["person_id"], unique=False)


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("executed", sa.BigInteger(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("open_key", sa.String(length=120), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_alert_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("open_key", name=op.f("uq_alert_open_key")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_project", ["project_id", "year"], unique=False)


def _assessment() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.String(length=20), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_assessment_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assessment_project_id"), ["project_id"], unique=False)


def _budget_line() -> None:
    op.create_table(
        "budget_line",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("initial", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=True),
        sa.Column("carried_over", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_budget_line_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint(
            "project_id", "year", "source", name=op.f("uq_budget_line_project_id_year_source")
        ),
    )


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("gate", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("handed_in_by", sa.String(length=80), nullable=True),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_document_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "project_id", "gate", "key", name=op.f("uq_document_project_id_gate_key")
        ),
    )


def _evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("goal_actual", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("execution_proposed", sa.Text(), nullable=True),
        sa.Column("execution_accepted", sa.Text(), nullable=True),
        sa.Column("execution_reason", sa.Text(), nullable=False),
        sa.Column("execution_flags", sa.Text(), nullable=False),
        sa.Column("total", sa.Text(), nullable=True),
        sa.Column("grade", sa.String(length=4), nullable=True),
        sa.Column("filled_by", sa.String(length=80), nullable=False),
        sa.Column("checked_by", sa.String(length=80), nullable=True),
        sa.Column("final_by", sa.String(length=80), nullable=True),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_evaluation_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("project_id", "year", name=op.f("uq_evaluation_project_id_year")),
    )


def _paper() -> None:
    op.create_table(
        "paper",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=240), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("record_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_by", sa.String(length=80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_paper_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("number", name=op.f("uq_paper_number")),
        sa.UniqueConstraint("sha256", name=op.f("uq_paper_sha256")),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_project_id"), ["project_id"], unique=False)


def _passage() -> None:
    op.create_table(
        "passage",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_passage_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
    )
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passage_instance_id"), ["instance_id"], unique=False)


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("reverses_id", Key, nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_payment_project_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["payment.id"], name=op.f("fk_payment_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_payment_source_external_id")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index("ix_payment_year", ["project_id", "year"], unique=False)


def _project_figure() -> None:
    op.create_table(
        "project_figure",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_figure_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_figure")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_project_figure_project_id_name")),
    )


def _service_call() -> None:
    op.create_table(
        "service_call",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("token", sa.String(length=80), nullable=False),
        sa.Column("node", sa.String(length=160), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_service_call_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_call")),
        sa.UniqueConstraint("instance_id", "token", name=op.f("uq_service_call_instance_id_token")),
    )


def _stage_gate() -> None:
    op.create_table(
        "stage_gate",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("gatekeeper", sa.String(length=40), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_stage_gate_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_gate")),
        sa.UniqueConstraint("project_id", "key", name=op.f("uq_stage_gate_project_id_key")),
    )


def _target() -> None:
    op.create_table(
        "target",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("dimension", sa.String(length=10), nullable=False),
        sa.Column("level1", sa.String(length=40), nullable=False),
        sa.Column("level2", sa.String(length=40), nullable=False),
        sa.Column("level3", sa.String(length=200), nullable=False),
        sa.Column("initial", sa.String(length=500), nullable=False),
        sa.Column("adjusted", sa.String(length=500), nullable=True),
        sa.Column("weight", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_target_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint(
            "project_id", "year", "position", name=op.f("uq_target_project_id_year_position")
        ),
    )


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("token", sa.String(length=80), nullable=False),
        sa.Column("node", sa.String(length=160), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("unit_path", sa.String(length=200), nullable=False),
        sa.Column("assignee_id", Key, nullable=True),
        sa.Column("party_id", Key, nullable=True),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("matter", sa.String(length=120), nullable=False),
        sa.Column("duty", sa.String(length=10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verb", sa.String(length=10), nullable=True),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_task_instance_id")),
        sa.ForeignKeyConstraint(["party_id"], ["person.id"], name=op.f("fk_task_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("instance_id", "token", name=op.f("uq_task_instance_id_token")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_assignee", ["assignee_id", "state"], unique=False)
        batch_op.create_index("ix_task_inbox", ["state", "role"], unique=False)
        batch_op.create_index("ix_task_matter", ["instance_id", "matter"], unique=False)


def _year_plan() -> None:
    op.create_table(
        "year_plan",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("execution_weight", sa.Text(), nullable=False),
        sa.Column("scheme", sa.String(length=40), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_year_plan_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_plan")),
        sa.UniqueConstraint("project_id", "year", name=op.f("uq_year_plan_project_id_year")),
    )


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("task_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_draft_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("task_id", "person_id", name=op.f("uq_draft_task_id_person_id")),
    )


def _evaluation_row() -> None:
    op.create_table(
        "evaluation_row",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("evaluation_id", Key, nullable=False),
        sa.Column("target_id", Key, nullable=False),
        sa.Column("actual", sa.String(length=500), nullable=False),
        sa.Column("deviation_reason", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=True),
        sa.Column("accepted", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_evaluation_row_evaluation_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_evaluation_row_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_row")),
        sa.UniqueConstraint(
            "evaluation_id", "target_id", name=op.f("uq_evaluation_row_evaluation_id_target_id")
        ),
    )


def _observation() -> None:
    op.create_table(
        "observation",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("target_id", Key, nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("likelihood", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_observation_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.create_index("ix_observation_target", ["target_id", "id"], unique=False)


def _rectification() -> None:
    op.create_table(
        "rectification",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("project_id", Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("alert_id", Key, nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("unfinished_reason", sa.Text(), nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("budget_opinion", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_rectification_alert_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_rectification_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_rectification_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_rectification_instance_id")),
        sa.UniqueConstraint("number", name=op.f("uq_rectification_number")),
    )
    with op.batch_alter_table("rectification", schema=None) as batch_op:
        batch_op.create_index("ix_rectification_project", ["project_id"], unique=False)


def _signer() -> None:
    op.create_table(
        "signer",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("task_id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("return_to", sa.String(length=160), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_signer_instance_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signer_person_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_signer_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signer")),
    )
    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signer_instance_id"), ["instance_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signer_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_signer_task_id"), ["task_id"], unique=False)
