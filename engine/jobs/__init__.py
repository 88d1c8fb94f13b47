"""Jobs: machine work as rows with leases; Celery only carries a nudge, a sweeper finds the rest.

Handlers register with `registry.job(kind)` in one of two styles:

- `def handler(work, arg) -> Outcome | None` runs wholly in the transaction that marks the job done;
- `@outside def handler(desk, arg) -> Callable[[Work], Outcome | None]` does what is slow or happens
  elsewhere without a transaction, and answers with the part that belongs in it.

Effects in the database happen once; outside effects at least once, with `desk.key` to tell.
"""
