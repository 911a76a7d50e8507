"""French wishes about language and readers, and the end of earlier wishes."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose

MANNER = (
    WishPattern(
        "free",
        loose(
            r"\b(?:oublie|oubliez|ignore|ignorez|laisse tomber|laissez tomber|abandonne) (?:la|le|les|"
            r"cette|ce|mon|ma) (?:\w+ )?(?:règle|format|limite|consigne|contrainte|"
            r"restriction|demande|json|tableau|longueur|instructions?)\b|\b(?:tu peux|"
            r"vous pouvez) (?:à nouveau|de nouveau|désormais|maintenant)\b|"
            r"\b(?:tu peux|vous pouvez) (?:\w+ ){1,3}(?:à nouveau|de nouveau|normalement|librement|"
            r"comme (?:d'habitude|tu veux|vous voulez|avant)|plus longue?ment)\b|"
            r"\b(?:réponds|répondez|écris|reviens|revenez|reprends|"
            r"reprenez)(?: \w+){0,3} (?:normalement|librement|comme (?:d'habitude|avant)|"
            r"à la normale)\b|"
            r"\b(?:n'as|n'est|n'avez) plus besoin d[e']|\bplus besoin d[e']"
        ),
        sure=True,
    ),
    WishPattern(
        "language",
        loose(
            r"\b(?:en|vers l'|vers le) ?(?:bon |simple )?(?P<value>anglais|allemand|français|espagnol|"
            r"italien|portugais|néerlandais|suédois|danois|norvégien|finnois|"
            r"polonais|tchèque|turc|roumain|hongrois|vietnamien|indonésien|japonais|chinois|coréen|"
            r"russe|ukrainien|arabe|hindi|thaï|grec|hébreu|"
            r"bengali|latin|esperanto)\b"
        ),
    ),
    WishPattern(
        "audience",
        loose(
            r"\b(?:comme (?:à|pour|si (?:j'avais|j'étais|tu parlais à))|pour|à) (?P<value>(?:une? |des |"
            r"mon |ma |mes |les )?(?:(?:jeunes? |petite? |complets? |grands? )*"
            r"(?:enfants?|débutante?s?|novices?|experts?|profanes?|adolescente?s?|spécialistes|"
            r"non-spécialistes|seniors|grand-mère|collégiens?|élève)(?: de \d+ ans)?|"
            r"\d+ ans|cinq ans|dix ans))\b"
        ),
    ),
)
