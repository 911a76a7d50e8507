"""Explicit wishes about an answer's form, length, number of points, language and audience."""

from .cleaning import cleaned
from .reader import read_wishes
from .ruling import ruled
from .wishes import Wishes, amount

__all__ = ["Wishes", "amount", "cleaned", "read_wishes", "ruled"]
