"""Portuguese wishes about the language, and the end of earlier wishes."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .pt_words import alone

MANNER = (
    WishPattern(
        "free",
        loose(
            r"\b(?:esquece|esqueça|ignore|cancele) (?:o|a|essa|esse|aquela)(?: \w+){0,3}? ?(?:regra|"
            r"formato|limite|json|tabelas?|frases?)\b",
            r"\b(?:já )?pode (?:voltar a )?(?:usar|fazer|responder|escrever)(?: \w+){0,3}? (?:listas|"
            r"tópicos|de novo|normal(?:mente)?|à vontade)\b|\b(?:responda|escreva) (?:normalmente|"
            r"como sempre|à vontade)\b|\bvolte a responder\b",
        ),
        sure=True,
    ),
    WishPattern(
        "language",
        loose(
            *alone(
                r"(?:tudo )?em (?:bom )?(?P<value>inglês|português|espanhol|francês|alemão|italiano|"
                r"holandês|russo|chinês|mandarim|japonês|coreano|árabe|latim)\b"
            )
        ),
    ),
)
