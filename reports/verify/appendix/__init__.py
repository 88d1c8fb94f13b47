"""What may follow the signed bytes: the signature's own document security store, nothing else."""

from __future__ import annotations

from reports.verify.appendix.follow import only_stores_follow

__all__ = ["only_stores_follow"]
