"""All words by which a program's prompt is known."""

from __future__ import annotations

from .words_chat import CHAT_WORDS
from .words_cjk import WIDE_WORDS
from .words_cjk_output import WIDE_OUTPUT_WORDS
from .words_class import CLASS_WORDS
from .words_data import DATA_WORDS
from .words_format import FORMAT_WORDS
from .words_output import OUTPUT_WORDS
from .words_text import TEXT_WORDS

NARROW = CHAT_WORDS + TEXT_WORDS + DATA_WORDS + CLASS_WORDS + OUTPUT_WORDS + FORMAT_WORDS
ALL = NARROW + WIDE_WORDS + WIDE_OUTPUT_WORDS
