"""A worker process for the kill tests: `python -m tests.race.toil worker …` with slow jobs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from engine import registry
from engine.cli import main
from engine.jobs.desk import Desk, Finish, outside
from engine.work import Work


@registry.job("toil.count")
def count(work: Work, arg: Mapping[str, Any]) -> None:
    """An effect in the database, with the transaction open for a while."""
    work.record("toil.counted", f"toil:{arg['n']}", "toil:1", {})
    time.sleep(arg.get("seconds", 0))


@registry.job("toil.call")
@outside
def call(desk: Desk, arg: Mapping[str, Any]) -> Finish:
    """An effect outside (a line in a file), some waiting, then an effect in the database."""
    line = json.dumps({"n": arg["n"], "key": desk.key}) + "\n"
    with (desk.settings.var / "calls").open("a") as calls:
        calls.write(line)
    time.sleep(arg.get("seconds", 0))

    def finish(work: Work) -> None:
        work.record("toil.called", f"toil:{arg['n']}", "toil:1", {"pid": os.getpid()})

    return finish


if __name__ == "__main__":
    main(sys.argv[1:])
