"""What an installation of today leaves behind, for the tests of later ones.

`python -m tests.data.make` writes a database with one closed project and one in the middle of its
life (`district.db.gz`), the closed one's sealed document (`closure.pdf`), and the root certificate
and revocation list by which it is verified. Run it when the shape of the database is final; from
then on what it wrote stays, and later revisions must take it further.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from engine import db
from engine import settings as installation
from engine.ledger.chain import number_entries
from engine.migrations import migrate
from reports.models import Paper
from reports.store import Store
from reports.trust import LIST_FILE, ROOT_FILE
from tests.district import BUDGET, District, settle

HERE = Path(__file__).resolve().parent
DATABASE = HERE / "district.db.gz"
DOCUMENT = HERE / "closure.pdf"
TRUST = HERE / "trust"


def make() -> None:
    """Play both lives and keep what they leave."""
    with tempfile.TemporaryDirectory(prefix="bihuan-data-") as folder:
        district = _district(Path(folder))
        district.start(name="已结项的助老服务")
        district.walk_to("fill_monitoring")
        district.deliver("V1", BUDGET)
        district.walk_to()
        district.start(name="进行中的助老服务")
        district.walk_to("fill_monitoring")
        with district.work() as work:
            number_entries(work.session)
        _keep(district, Path(folder))


def _district(folder: Path) -> District:
    settings = replace(
        installation.load({"BIHUAN_VAR": str(folder)}), authority=folder / "authority"
    )
    engine = db.connect(settings.database)
    migrate(engine)
    district = District(engine, settings)
    settle(district)
    return district


def _keep(district: District, folder: Path) -> None:
    with district.reading() as session:
        paper = session.scalars(select(Paper)).one()
        DOCUMENT.write_bytes(Store(district.settings.files).get(paper.sha256))
    TRUST.mkdir(exist_ok=True)
    for name in (ROOT_FILE, LIST_FILE):
        shutil.copyfile(district.settings.pki / name, TRUST / name)
    with district.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql(f"VACUUM INTO '{folder / 'small.db'}'")
    district.engine.dispose()
    # Without a name and a time in its header the file depends on its content only.
    with DATABASE.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write((folder / "small.db").read_bytes())


if __name__ == "__main__":
    make()
