"""Which bytes a signature signs: everything but its own value, in the one form that we accept.

Stricter than ISO 32000-2 §12.8.1: the gap holds one hexadecimal string and nothing else, so that
no byte of the file can change unseen. This closes the wrapping and shadow attacks on PDF
signatures, because nothing may stand outside the signed bytes. The one thing that may follow them,
the signature's own security store, is judged apart (`appendix`) and cut off before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAP = re.compile(rb"<([0-9a-f]+|[0-9A-F]+)>")


def gap_content(data: bytes, byte_range: Sequence[int]) -> bytes | None:
    """What stands, decoded, in the gap of `[0, a, b, c]`; `None` for a range of another form."""
    numbers = [int(number) for number in byte_range]
    if len(numbers) != 4 or numbers[0] != 0:
        return None
    _, before, after, length = numbers
    if not 0 < before < after <= after + length <= len(data):
        return None
    found = _GAP.fullmatch(data[before:after])
    if found is None or len(found[1]) % 2:
        return None
    return bytes.fromhex(found[1].decode("ascii"))


def is_as_we_write(data: bytes, byte_range: Sequence[int], content: bytes) -> bool:
    """Whether the gap spells `content` in capitals, as our seal does; another spelling is later."""
    before, after = int(byte_range[1]), int(byte_range[2])
    return data[before + 1 : after - 1] == content.hex().upper().encode("ascii")


def reaches_end(data: bytes, byte_range: Sequence[int]) -> bool:
    """Whether the signed bytes end where the file ends."""
    return int(byte_range[2]) + int(byte_range[3]) == len(data)
