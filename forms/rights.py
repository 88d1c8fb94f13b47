"""Who may call what: one table of every route. A route that is not in it is refused.

Roles open a page; which rows it shows and which acts it allows is decided by the queries and
commands, which look at scopes and at the matter itself.
"""

from __future__ import annotations

from typing import Literal

from engine.people.roles import ROLES

Rule = Literal["anyone", "machine", "signed-in"] | frozenset[str]

ANYONE: Rule = "anyone"
MACHINE: Rule = "machine"
"""Authenticated by the route itself: a signature or an API token."""
SIGNED_IN: Rule = "signed-in"

EVERYBODY = frozenset(ROLES)
BUSINESS = EVERYBODY - {"administrator", "security_officer", "data_bureau"}
"""Those who see projects; R9 and R10 keep the system and never see business data (D.3-4)."""
MANAGERS = frozenset({"project_manager"})
BUDGET = frozenset({"budget_reviewer"})
ASSIGNERS = frozenset({"performance_officer", "performance_office"})
AUDIT = frozenset({"auditor", "performance_office", "leader", "security_officer"})
ADMINISTRATION = frozenset({"administrator"})
GRANTS = frozenset({"administrator", "security_officer"})
OPERATIONS = frozenset({"administrator", "security_officer"})
HOLDING = frozenset({"administrator", "performance_office"})
RESTORING = frozenset({"administrator", "auditor"})
WATCHING = OPERATIONS | HOLDING | RESTORING

RIGHTS: dict[str, Rule] = {
    "static": ANYONE,
    "auth.sign_in": ANYONE,
    "auth.sign_out": SIGNED_IN,
    "auth.sign_out_everywhere": SIGNED_IN,
    "auth.password": SIGNED_IN,
    "auth.setup": ANYONE,
    "language.choose": ANYONE,
    "verdict.show": ANYONE,
    "verdict.compare": ANYONE,
    "inbound.receive": MACHINE,
    "files.open_file": SIGNED_IN,
    "inbox.index": SIGNED_IN,
    "inbox.task": SIGNED_IN,
    "inbox.completion": SIGNED_IN,
    "inbox.open_copy": SIGNED_IN,
    "inbox.reply": SIGNED_IN,
    "inbox.comment": SIGNED_IN,
    "batch.prepare": SIGNED_IN,
    "batch.approve": SIGNED_IN,
    "acts.show": SIGNED_IN,
    "acts.do": SIGNED_IN,
    "projects.index": BUSINESS,
    "projects.show": BUSINESS,
    "projects.hand_in": MANAGERS,
    "projects.open_document": BUSINESS,
    "projects.adjust_budget": BUDGET,
    "projects.comment": BUSINESS,
    "indicators.show": BUSINESS,
    "indicators.comment": BUSINESS,
    "wizard.delete": MANAGERS,
    "inbox.assign": ASSIGNERS,
    "wizard.begin": MANAGERS,
    "wizard.create": MANAGERS,
    "wizard.edit": MANAGERS,
    "wizard.save": MANAGERS,
    "wizard.start": MANAGERS,
    "audit.index": AUDIT,
    "audit.entry": AUDIT,
    "audit.verification": AUDIT,
    "audit.papers": BUSINESS,
    "audit.paper": BUSINESS,
    "units.administration": GRANTS,
    "units.index": ADMINISTRATION,
    "units.create": ADMINISTRATION,
    "units.update": ADMINISTRATION,
    "persons.index": GRANTS,
    "persons.show": GRANTS,
    "persons.create": ADMINISTRATION,
    "persons.set_active": ADMINISTRATION,
    "persons.reset_password": ADMINISTRATION,
    "persons.grant_role": GRANTS,
    "persons.revoke_role": GRANTS,
    "tables.dictionary": ADMINISTRATION,
    "tables.set_entry": ADMINISTRATION,
    "calendar.index": ADMINISTRATION,
    "calendar.set_day": ADMINISTRATION,
    "calendar.preview": ADMINISTRATION,
    "calendar.take_in": ADMINISTRATION,
    "calendar.hours": ADMINISTRATION,
    "absences.index": SIGNED_IN,
    "absences.declare": SIGNED_IN,
    "absences.end": SIGNED_IN,
    "notices.index": SIGNED_IN,
    "notices.read": SIGNED_IN,
    "operations.index": OPERATIONS,
    "operations.retry": ADMINISTRATION,
    "instances.index": WATCHING,
    "instances.show": WATCHING,
    "instances.suspend": HOLDING,
    "instances.resume": HOLDING,
    "instances.void": HOLDING,
    "instances.restore": RESTORING,
    "instances.force_end": ADMINISTRATION,
    "instances.jump": ADMINISTRATION,
    "instances.act_in_place": ADMINISTRATION,
    "instances.edit_call": ADMINISTRATION,
    "instances.skip_call": ADMINISTRATION,
    "instances.migration": ADMINISTRATION,
    "instances.migrate": ADMINISTRATION,
    "instances.redeploy_version": ADMINISTRATION,
    "operations.deliveries": OPERATIONS,
    "operations.replay": ADMINISTRATION,
    "operations.deployments": OPERATIONS,
    "operations.deployment": OPERATIONS,
    "operations.ledger_state": OPERATIONS,
    "operations.verification": OPERATIONS,
}


def allowed(endpoint: str | None, roles: frozenset[str] | None) -> bool:
    """Whether someone with `roles` (None: nobody is signed in) may call an endpoint."""
    rule = RIGHTS.get(endpoint or "")
    if rule is None:
        return False
    if isinstance(rule, str):
        return rule in (ANYONE, MACHINE) or roles is not None
    return roles is not None and bool(rule & roles)
