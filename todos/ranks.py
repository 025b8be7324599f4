"""The order that a user gives: a text for each to-do, between any two of which another fits.

A rank is made of 0-9, A-Z and a-z and compared byte by byte. Clients make one between two neighbours by
the "fractional indexing" that many libraries offer; two with the same rank stand in the order of their ids.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

RANK_LENGTH_MOST = 128
RANK_PATTERN = re.compile(rf"[0-9A-Za-z]{{1,{RANK_LENGTH_MOST}}}", re.ASCII)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of the libraries' whole numbers, one with nine digits: enough for microseconds until 2398.
_HEAD, _LENGTH = "i", 9


def rank_of_time(moment: datetime, place: int = 0) -> str:
    """The rank of something made at this moment without a rank of its own: after all that is older.

    `place` tells apart what is made in one batch.
    """
    number = (moment - _EPOCH) // _MICROSECOND + place
    number, last = divmod(number, len(_DIGITS))
    return _HEAD + _digits(number) + _DIGITS[last]


@lru_cache(maxsize=64)
def _digits(number: int) -> str:
    """All digits but the last, which those who are made in one batch share nearly always."""
    digits = ""
    for _ in range(_LENGTH - 1):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
