"""The ledger's kinds of entry as people call them."""

from __future__ import annotations

from forms.text import _

KINDS: dict[str, str] = {
    "task.completed": "办理事项",
    "task.assigned": "改派事项",
    "project.drafted": "起草项目",
    "project.started": "提交项目",
    "project.closed": "项目结项",
    "project.rejected": "不予立项",
    "stage.entered": "进入阶段",
    "gate.passed": "通过关口",
    "document.received": "收到材料",
    "budget.approved": "批复预算",
    "budget.adjusted": "调整预算",
    "year.opened": "进入新年度",
    "payment.recorded": "支付入账",
    "payment.reversed": "支付冲回",
    "alert.raised": "发出预警",
    "alert.closed": "预警销号",
    "paper.issued": "出具报告",
    "paper.downloaded": "下载报告",
    "process.deployed": "发布流程",
    "person.signed_in": "登录",
    "person.signed_out": "退出",
    "person.refused": "登录被拒",
    "person.created": "新增人员",
    "person.admitted": "启用账号",
    "person.dismissed": "停用账号",
    "password.changed": "修改密码",
    "password.reset": "重置密码",
    "role.granted": "授予角色",
    "role.revoked": "收回角色",
    "evaluation.reviewed": "复核自评",
    "evaluation.finalised": "终审自评",
    "targets.declared": "申报绩效目标",
    "targets.approved": "批复绩效目标",
    "rectification.issued": "下达整改通知",
    "rectification.closed": "整改销号",
    "rule.set": "设定预警规则",
    "process.started": "启动流程",
    "process.ended": "流程结束",
    "call.answered": "系统完成步骤",
    "timer.fired": "到期触发",
    "job.failed": "后台作业失败",
    "job.retried": "重试后台作业",
    "delivery.refused": "拒收数据",
    "delivery.replayed": "重放数据",
    "draft.deleted": "删除草稿",
    "unit.created": "新增单位",
    "unit.changed": "变更单位",
    "calendar.changed": "变更工作日历",
    "calendar.year_published": "录入年度放假安排",
    "calendar.special_day": "变更单位特殊日",
    "calendar.hours_set": "变更办公时间",
    "task.due_moved": "重算期限",
    "dictionary.changed": "变更字典",
}


def kind_name(kind: str) -> str:
    """A kind of entry in words; a kind without words is shown as it is."""
    return _(KINDS[kind]) if kind in KINDS else kind
