"""Italian wishes about the language, and the end of earlier wishes."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose

MANNER = (
    WishPattern(
        "free",
        loose(
            r"\b(?:dimentica|ignora|lascia (?:perdere|stare)) (?:la|il|le|lo|quest[ao]|"
            r"l')? ?(?:regol[ae]|formato|limite|istruzion[ei]|vincolo|json|tabella|"
            r"lunghezza)\b|\bpuoi (?:di nuovo|nuovamente)\b|\brispondi (?:normalmente|liberamente|"
            r"come (?:prima|al solito))\b|\bnon serve più\b"
        ),
        sure=True,
    ),
    WishPattern(
        "language",
        loose(
            r"\bin (?P<value>inglese|tedesco|francese|spagnolo|italiano|portoghese|olandese|svedese|"
            r"danese|norvegese|polacco|ceco|turco|rumeno|ungherese|"
            r"giapponese|cinese|coreano|russo|ucraino|arabo|hindi|greco|ebraico|latino|esperanto)\b"
        ),
    ),
)
