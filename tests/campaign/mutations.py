"""Ways to break bytes, texts and JSON, drawn from a seed."""

from __future__ import annotations

import copy
import struct
from random import Random
from typing import Any

NUMBERS = (-1, 0, 1, 2**31 - 1, 2**32, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e-320, 1e308,
           float("nan"), float("inf"), float("-inf"))  # fmt: skip
TEXTS = (
    "", " ", "\n", "\0", "a\0b", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "x" * 5_000, "../../etc",
    "/etc/passwd", "/dev/zero", "~", "-", "--", "-1", "$HOME", "%s%n", "{}", "{0}", "nan", "null",
    "true", "ウ", "か\u3099", "가", "é", "e\u0301", "\u00a0", "\u3000", "\u200d", "\ud800",
    "\u202etxt", "👩\u200d👩\u200d👧", "<script>alert(1)</script>", '"', "'", "\\", ",", ";", "\t",
    "#", "$x^2$", "1e999", "0x10",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": None}, [1, "a", None])
RATES = (0, 1, 8, 999, 7_350, 96_001, 384_000, 2_000_000, 2**31 - 1, 2**31, 2**32 - 1)


def hostile(draw: Random) -> Any:
    """Return a value that hardly any field expects."""
    return copy.deepcopy(draw.choice(draw.choice((NUMBERS, TEXTS, OTHERS))))


def text(draw: Random) -> str:
    """Return a text that hardly anybody expects."""
    return draw.choice(TEXTS)


def broken_bytes(draw: Random, data: bytes, times: int = 3) -> tuple[bytes, str]:
    """Break bytes in one way or a few, mostly near their beginning; say how."""
    done = []
    for _ in range(draw.randint(1, times)):
        data, how = _broken(draw, data)
        done.append(how)
    return data, " + ".join(done)


def _broken(draw: Random, data: bytes) -> tuple[bytes, str]:
    head = draw.random() < 0.7
    at = draw.randrange(max(1, min(len(data), 200) if head else len(data)))
    size = draw.choice((1, 2, 4, 16, 300))
    match draw.randrange(9):
        case 0:
            return data[:at], f"cut at {at}"
        case 1:
            return data[:at] + draw.randbytes(size) + data[at + size :], f"noise {size} at {at}"
        case 2:
            return data[:at] + draw.randbytes(size) + data[at:], f"{size} put in at {at}"
        case 3:
            return data[:at] + data[at + size :], f"{size} taken out at {at}"
        case 4:
            number = draw.choice((0, 1, 8, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, *RATES)) % 2**32
            how = draw.choice("<>")
            at -= at % 2
            return data[:at] + struct.pack(f"{how}I", number) + data[at + 4 :], f"{number} at {at}"
        case 5:
            return data[:at] + bytes(size) + data[at + size :], f"zeros {size} at {at}"
        case 6:
            return data + data[:at], f"its first {at} behind it"
        case 7:
            bit = 1 << draw.randrange(8)
            flipped = bytes([data[at] ^ bit]) if at < len(data) else b""
            return data[:at] + flipped + data[at + 1 :], f"bit {bit} at {at}"
        case _:
            return data[: len(data) // 2], "cut in its middle"


def broken_json(draw: Random, value: Any) -> tuple[Any, str]:
    """Break one place of a JSON value: another value, none at all, or one too many; say how."""
    value = copy.deepcopy(value)
    holder, key = _place(draw, value)
    if holder is None:
        return hostile(draw), "all of it"
    where = repr(key)
    match draw.randrange(6):
        case 0:
            del holder[key]
            return value, f"without {where}"
        case 1 if isinstance(holder, dict):
            holder[text(draw)] = hostile(draw)
            return value, f"a key beside {where}"
        case 2 if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
            return value, f"{where} twice"
        case _:
            holder[key] = hostile(draw)
            return value, f"{where} = {str(holder[key])[:40]!r}"


def _place(draw: Random, value: Any) -> tuple[Any, Any]:
    """Walk down from the top, as deep as it is drawn: what is near the top is broken as often."""
    holder = key = None
    while isinstance(value, dict | list) and value:
        holder = value
        key = draw.choice(list(value)) if isinstance(value, dict) else draw.randrange(len(value))
        value = holder[key]
        if draw.random() < 0.4:
            break
    return holder, key
