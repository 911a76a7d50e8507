"""Italian wishes for one piece of some form: data, a table, code, a text, a poem."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .it_words import AS, DATA, EACH, END, LINKED, LISTS, ONLY, PLEASE, SHAPE, TEXT, VERB, WANT, WORK

FORM = (
    WishPattern(
        "form",
        loose(
            rf"\b(?:in|nel formato|formato|con|come|sotto forma di|tramite) ?{SHAPE}{DATA}",
            rf"\b{ONLY} {SHAPE}{DATA}|\b{DATA} (?:{ONLY}|{PLEASE}|valido)",
            rf"\b(?:formato|output|risposta)(?: di \w+| richiesto)? ?(?:[:=]|è) ?{SHAPE}{DATA}",
            rf"\b(?:restituisci|produci|genera|dammi|fornisci|{WANT}|scrivi|crea) {SHAPE}{DATA}|"
            rf"\A{DATA}[.!]*\Z",
        ),
    ),
    WishPattern(
        "form",
        loose(
            rf"\b{AS} (?:un[ao'] ?|la |forma di |piccola |semplice )*(?:tabell[ae]|tabellina|griglia|"
            r"forma tabellare|formato tabellare|"
            r"formato tabella|matrice)\b(?! (?:di marcia|excel|dei))(?: (?:comparativa|riassuntiva|"
            r"a \w+ colonne|markdown))*",
            r"\b(?:(?:fai|fammi|fa'|crea|dammi|prepara(?:mi)?|compila|genera|mostra(?:mi)?|stila|"
            rf"presenta|costruisci|disegna|usa|scrivi)|{WANT}|fare|farmi|"
            r"creare) (?:un[ao'] ?|la )(?:piccola |semplice |bella )?tabella\b(?! (?:excel|di marcia))",
            r"(?:\A|(?<=[.,;:(!?–—-] )|(?<=\())(?:una )?tabella(?: comparativa| riassuntiva)?(?: ?:|"
            rf"{END})",
            r"\btabella (?:comparativa|riassuntiva|a (?:\w+ )?colonne|con (?:\w+ ){0,3}colonne)\b",
        ),
        "table",
    ),
    WishPattern(
        "form",
        loose(
            rf"(?P<each>{LINKED})?\b(?:{AS}|{ONLY}) (?:(?:un[ao]?|dei|solo|unico|singolo|breve|piccolo|"
            rf"semplice|due|tre|\d|pochi|forma|di|bel) )*{TEXT}"
            rf"\b(?:,? ?(?P<each>{EACH}))?",
            rf"(?P<each>{LINKED})?(?:\A|(?<=[.,;:(!?–—-])|(?<=[.,;:(!?–—-] )|\b(?:{WANT}|"
            r"(?:scriv[ia](?:mi)?|usa|dammi|fai|fammi|redigi)) )"
            r"(?:(?:un[ao]?|dei|del|della|solo|unico|singolo|breve|piccolo|semplice|due|\d|"
            rf"bel) )*{TEXT}\b(?:,? ?(?P<each>{EACH}))?",
            r"\b(?:un solo|un unico|un singolo) (?:\w+ )?(?:paragrafo|capoverso|blocco)\b(?! per\b)|"
            r"\bdiscorsivamente\b|\btutto di seguito\b|"
            r"\b(?:paragrafi|prosa|testo|frasi),? (?:e )?(?:non|niente) (?:un[ao]? |in |con |"
            r"per )*(?:elench?[io]|elenco|liste?|punti)\b",
        ),
        "prose",
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:non (?:usare|fare|fai|usi|voglio|mettere|scrivere|rispondere|utilizzare|rispondi|"
            r"servono|fatemi|farmi)(?: mai| più)?|niente(?: più)?|"
            r"nessun[oa']?|evita(?:re|ndo)?|né|mai|basta|invece d[i']|anziché|piuttosto che|"
            r"al posto d[i']|non in|non con|non una?|no) ?"
            rf"(?:(?:in|con|un[ao']?|il|la|le|gli|i|di|forma di|titoli|tabelle|né|o|e|a) ?,? ?)*{LISTS}",
            r"(?:\A|[,;:.!?(–—-] ?|\n|\b(?:e|ma|testo|prosa|paragrafi|sempre|rispondi|scorrevole|"
            r"continuo) )senza "
            rf"(?:(?:usare|fare|titoli|tabelle|né|o|un|alcun|gli),? )*{LISTS}",
            rf"\b(?:{VERB})\b(?:(?!\b(?:come|per) )[^.?!\n]){{1,80}} senza (?:usare |fare |gli |"
            rf"un )*{LISTS}",
            r"\bnon (?:elencare|numerare)\b|(?:\A|[,.?!] )senza elencare\b",
        ),
        "prose",
        sure=True,
    ),
    WishPattern(
        "form",
        loose(
            r"\b(?:come|sotto forma di|in forma di|nella forma di|in|a mo' di|con) ?(?:un[ao']? ?|"
            rf"se fosse una? )?(?:[\w-]+ )?{WORK}\b"
            rf"(?=(?: \w+)? ?(?:[.,;:!?)]|\Z|per\b|a\b|al\b|su\b|che\b|di\b|tra\b|con\b|{PLEASE}))",
            r"(?<![\w'-])(?:scriv[ia](?:mi)?|componi|inventa|crea|redigi|fammi|racconta(?:mi)?|"
            r"prepara(?:mi)?|dammi) un[ao']? ?"
            rf"(?:[\w-]+ ){{0,2}}?{WORK}\b",
            r"\b(?:puoi|potresti|vorrei|voglio)(?: che tu)? ?(?:scriver(?:mi|e)|comporre|raccontar(?:mi|"
            r"e)|inventare|scrivessi|scriva)? ?un[ao']? ?"
            rf"(?:[\w-]+ ){{0,2}}?{WORK}\b|\bin (?:versi|rima|rime|endecasillabi|poesia)\b",
        ),
        "poem",
    ),
)
