"""Italian wishes about the number of points and their marks."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .it_words import END, PLEASE, POINTS, PROSE, RANGE, UNITS, VERB, WANT

POINTS_ASKED = (
    WishPattern(
        "count",
        loose(
            rf"\b(?:{VERB}|{WANT}|dare|elencare|proporre|in|con|sono|quali|servono|{PLEASE}|e|o|top|tra|"
            rf"mi)(?: (?:{PLEASE}|mi|i|le|gli))*,? {RANGE}"
            r"(?:(?!(?:d[ie]|del\w*|dei|e|o|per|a|in|su|l[ae]|gli|"
            rf"{UNITS})\b)[\w'-]+ ){{0,2}}?(?!{UNITS}\b){POINTS}\b",
            r"\b(?:cita(?:mi)?|nomina(?:mi)?|elenca(?:mi)?|dammi|proponi(?:mi)?|suggerisci(?:mi)?|"
            rf"consiglia(?:mi)?|dimmi)(?: {PLEASE},?)? (?!un[ao']?\b)"
            rf"{RANGE}(?!{UNITS}\b)\w+[ie]\b",
            rf"(?:\A|[,:;(–—.?!-] ?|\n)(?:i |le )?(?:migliori )?{RANGE}(?:(?:buon[ei]|principali|"
            rf"migliori|grandi) )?(?!{UNITS}\b){POINTS}\b",
            r"\b(?P<n>un solo|una sola|un unico) (?:consiglio|motivo|trucco|vantaggio|esempio|idea|"
            r"ragione|punto)\b|\btop (?P<n>\d{1,2})\b|"
            r"\b(?:dammi|dimmi|suggeriscimi) (?P<n>un) (?:solo )?(?:consiglio|motivo|trucco)\b",
        ),
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:con|in|per|usa|usando|fai|fammi|voglio|vorrei|sotto forma di|come|a) (?:un |una |"
            r"dei |degli |i |l')?(?:(?:elenc(?:o|hi)|list[ae]) "
            r"(?:puntat[oai]|a punti)|punti elenco|bullet ?points?|bullet|trattini|pallini|punti)\b",
            rf"(?:\A|(?<=[.,;:(!?] ))(?:un )?(?:elenco puntato|punti elenco|bullet points?){END}",
        ),
        "bullets",
        unless=PROSE,
    ),
    WishPattern(
        "mark",
        loose(r"\b(?:elenco|lista|punti|consigli) numerat[oai]\b|\bnumera(?:li|le)?\b(?= (?:i|le|gli)\b)"),
        "numbers",
        unless=PROSE,
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:con|usa|sotto|aggiungi) (?:dei |un |brevi )*(?:titol[io]|titoletti|sottotitoli|"
            r"intestazioni)\b"
        ),
        "headings",
    ),
    WishPattern(
        "mark",
        loose(
            r"\b(?:senza|niente|non usare|evita il?) ?(?:markdown|formattazione|grassetto|asterischi)\b|"
            r"\btesto semplice\b"
        ),
        "plain",
        sure=True,
    ),
    WishPattern(
        "mark",
        loose(r"\b(?:come|in|sotto forma di|fai|fammi|con) (?:un |una |di )*(?:elenco|lista)\b(?! d'attesa)"),
        "list",
        unless=PROSE,
    ),
)
