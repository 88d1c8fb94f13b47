"""Whether only security stores follow the signed bytes."""

from __future__ import annotations

import io

from pyhanko.pdf_utils.reader import PdfFileReader

from reports.verify.appendix.layout import read
from reports.verify.appendix.revision import Step
from reports.verify.appendix.untouched import require_untouched

# The store itself, and at most one later update of it.
_MOST = 2


def only_stores_follow(data: bytes, signed: int) -> bool:
    """Whether all that follows the first `signed` bytes is one store and at most one update of it.

    Judged by the file's objects. May raise anything on hostile bytes, which then hold no store.
    """
    end = signed
    for _ in range(_MOST):
        end = _judge(data, end)
        if end == len(data):
            return True
    return False


def _judge(data: bytes, begin: int) -> int:
    """Where the revision at `begin` ends, if it is a store. Raises `Foreign` if it is not."""
    layout = read(data, begin)
    signed, whole = data[:begin], data[: layout.end]
    before, after = (PdfFileReader(io.BytesIO(part), strict=True) for part in (signed, whole))
    require_untouched(signed, whole, Step(before, after, layout, whole).claim())
    return layout.end
