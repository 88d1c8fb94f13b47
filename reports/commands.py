"""The command line of paper: is this file as it was sealed?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import clock, settings
from engine.cli import json_option, report
from engine.errors import Invalid

if TYPE_CHECKING:
    from reports.verify import SignatureVerdict, Verdict

_WORDS = {
    "valid": "有效：文件自签章以来没有改动，签章可信。",
    "altered": "已被改动：文件与签章时不一致。",
    "untrusted": "签章不可信：文件完整，但签章人不是本系统认可的单位。",
    "unsigned": "没有签章。",
    "unreadable": "无法读取：不是 PDF，或文件已损坏。",
}
_SIGNATURE = {"valid": "有效", "altered": "已被改动", "untrusted": "不可信"}
_LEDGER = {"matches": "与存证一致", "differs": "与存证不一致", "unknown": "存证中没有登记"}


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def verify_command(file: Path, as_json: bool) -> int:
    """核验一份签章 PDF：有效退出码为 0，其他结论为 1。"""
    from reports.evidence import installed_answer
    from reports.trust import Trust
    from reports.verify import verify

    try:
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(
            "读不到文件 {file}：{error}", file=file, error=error.strerror, field="file"
        ) from error
    installed = settings.load()
    verdict = verify(
        content, Trust.load(installed.pki), lambda _sha256: installed_answer(installed, content)
    )
    report(verdict.as_dict(), as_json=as_json, text=lambda: _text(verdict))
    return 0 if verdict.verdict == "valid" else 1


def _text(verdict: Verdict) -> str:
    lines = [
        _WORDS[verdict.verdict],
        f"SHA-256：{verdict.sha256}（{_LEDGER[verdict.ledger]}）",
    ]
    return "\n".join(lines + [_line(signature) for signature in verdict.signatures])


def _line(signature: SignatureVerdict) -> str:
    """One signature in words, its time on the district's wall clock as on the pages."""
    at = signature.signed_at and clock.local(signature.signed_at)
    return (
        f"签章：{signature.signer or '—'}，级别 {signature.level or '—'}，"
        f"时间 {f'{at:%Y-%m-%d %H:%M}' if at else '—'}，{_SIGNATURE[signature.verdict]}"
    )
