"""Records: executed notebooks with their media beside them, and whether they are still true."""

from vox.records.places import NOTEBOOKS, RECORDS, place, posts, size, told
from vox.records.record import record
from vox.records.stale import TEXT, carry_prose, stale

__all__ = [
    "NOTEBOOKS",
    "RECORDS",
    "TEXT",
    "carry_prose",
    "place",
    "posts",
    "record",
    "size",
    "stale",
    "told",
]
