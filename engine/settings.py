"""The installation's settings, read from the environment (BIHUAN_*) once at an edge and passed on.

Embedded default: SQLite, a file-system broker and a file store under `var/`; one setting each
moves the installation to PostgreSQL, Redis or RabbitMQ, or an outside signer.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Invalid

DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """One installation. Paths are absolute; `database` and `broker` are URLs.

    Processes that ended more than `archive_days` days ago are archived.
    """

    var: Path
    database: str
    broker: str
    host: str
    port: int
    public_url: str
    demo: bool
    secret_file: Path
    timestamp_url: str | None
    signer: Path | None
    district: str
    organisation: str
    archive_days: int = 400
    bpmn: Path = ROOT / "bpmn"
    schemas: Path = ROOT / "forms" / "schemas"
    authority: Path | None = None

    @property
    def pki(self) -> Path:
        """The local certificate authority, its keys and its revocation list."""
        return self.authority or self.var / "pki"

    @property
    def files(self) -> Path:
        """The content-addressed file store."""
        return self.var / "files"

    @property
    def sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database.startswith("sqlite")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: the process's own); Invalid when one cannot be read."""
    env = os.environ if environ is None else environ
    var = Path(env.get("BIHUAN_VAR") or ROOT / "var").resolve()
    host, port = env.get("BIHUAN_HOST", "127.0.0.1"), _port(env.get("BIHUAN_PORT", "8000"))
    return Settings(
        var=var,
        database=_database(env.get("BIHUAN_DATABASE") or f"sqlite:///{var / 'bihuan.db'}"),
        broker=env.get("BIHUAN_BROKER") or "filesystem://",
        host=host,
        port=port,
        public_url=(env.get("BIHUAN_PUBLIC_URL") or f"http://{host}:{port}").rstrip("/"),
        demo=_switch("BIHUAN_DEMO", env.get("BIHUAN_DEMO", "0")),
        secret_file=Path(env.get("BIHUAN_SECRET_FILE") or var / "secret"),
        timestamp_url=env.get("BIHUAN_TIMESTAMP_URL") or None,
        signer=Path(env["BIHUAN_SIGNER"]).resolve() if env.get("BIHUAN_SIGNER") else None,
        district=env.get("BIHUAN_DISTRICT", "上海市闵行区"),
        organisation=env.get("BIHUAN_ORGANISATION", "闵行区财政局"),
        archive_days=_days(env.get("BIHUAN_ARCHIVE_DAYS", "400")),
    )


def _database(url: str) -> str:
    if not url.startswith(DATABASES):
        raise Invalid(
            "BIHUAN_DATABASE 应以 {schemes} 之一开头，却是“{url}”",
            english=f"BIHUAN_DATABASE begins with one of {', '.join(DATABASES)}, not “{url}”",
            schemes=DATABASES,
            url=url,
            field="BIHUAN_DATABASE",
        )
    return url


def _switch(name: str, text: str) -> bool:
    if text not in {"", "0", "1"}:
        raise Invalid(
            "{name} 应为 0 或 1，却是“{text}”",
            english=f"{name} is 0 or 1, not “{text}”",
            name=name,
            text=text,
            field=name,
        )
    return text == "1"


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise Invalid(
            "BIHUAN_PORT 应为 0 到 65535 的端口号，却是“{text}”", text=text, field="BIHUAN_PORT"
        )
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 36600):
        raise Invalid(
            "BIHUAN_ARCHIVE_DAYS 应为大于 0 的天数，却是“{text}”",
            text=text,
            field="BIHUAN_ARCHIVE_DAYS",
        )
    return int(text)
