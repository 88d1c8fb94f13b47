"""The roles of the field (D.1) and which of them one person may not hold together (D.3)."""

from __future__ import annotations

from engine.sentences import Sentence

ROLES: dict[str, str] = {
    "project_manager": "项目经办",
    "unit_head": "单位负责人",
    "department_reviewer": "主管部门审核",
    "budget_reviewer": "财政业务科室",
    "performance_office": "财政绩效科",
    "expert": "第三方专家",
    "auditor": "审计",
    "performance_officer": "绩效专员",
    "administrator": "系统管理员",
    "security_officer": "安全管理员",
    "data_bureau": "大数据局",
    "leader": "区领导",
    "investment_reviewer": "发展改革委",
}

BUSINESS = frozenset(
    {
        "project_manager",
        "unit_head",
        "department_reviewer",
        "budget_reviewer",
        "performance_office",
        "investment_reviewer",
    }
)
APART = frozenset({"administrator", "security_officer", "auditor"})
READERS = frozenset({"auditor", "leader", "performance_office", "performance_officer"})


def conflict(held: set[str], wanted: str) -> Sentence | None:
    """Why `wanted` may not join the roles held, or None.

    三员分立: the administrator, the security officer and the auditor have no business role, nor
    each other's (rules.md D.3-4).
    """
    for role in sorted(held - {wanted}):
        pair = {role, wanted}
        if pair & APART and (pair & BUSINESS or pair <= APART):
            return Sentence(
                "“{wanted}”与已有的“{role}”不得由同一人担任", wanted=ROLES[wanted], role=ROLES[role]
            )
    return None
