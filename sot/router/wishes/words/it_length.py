"""Italian wishes about the length of the answer and of its points."""

from __future__ import annotations

from ..wish import WishPattern
from .accents import loose
from .it_words import ABOUT, EACH, END, LINKED, ONLY, PLEASE, POINTS, RANGE, SHORT


def _amount(unit: str) -> tuple[str, ...]:
    """Return patterns of an amount for the whole answer; one for each point is marked as such."""
    each = rf"(?P<each>{LINKED})?"
    last = r"(?:,? (?:al massimo|massimo|max\b\.?|o meno|circa|in tutto))?"
    whole = rf"(?:{ABOUT} )?{RANGE}{SHORT}{unit}{last}"
    whole += rf"(?:,? ?(?P<each>{EACH}))?(?! al (?:giorno|minuto)| a settimana)"
    return (
        rf"{each}\b(?:(?:in|con|di|da|a|tra|su|usa|limite|lunghezza|essere|supera|superi)\b|:) ?{whole}",
        rf"{each}(?:\A|(?<=[.,;:(!?–—-])|(?<=[.,;:(!?–—-] )|(?<=\n)|\b(?:{ONLY}|scrivi(?:mi)?|e|"
        rf"dammi) ){whole}{END}",
        rf"{each}\b(?=(?:max|massimo|al massimo|meno|non|superare|mai|entro|sotto)\b){whole}",
        rf"{each}\b{RANGE}{SHORT}{unit},? (?:max\b\.?|massimo|al massimo|{ONLY}|bast\w+|o meno|{PLEASE}|"
        r"per (?:ogni )?risposta)",
    )


LENGTH = (
    WishPattern(
        "length",
        loose(
            rf"(?P<each>{LINKED})?\b(?:in|con|di) (?:una?|1|due) (?:sol[ae] |"
            rf"singola )?(?:parol[ae]|battute)\b(?:,? ?(?P<each>{EACH}))?",
            rf"(?P<each>{LINKED})?\bin poch(?:e|issime) (?:frasi|righe)\b(?:,? ?(?P<each>{EACH}))?|(?:\A|"
            rf"(?<=[,;:.!?(] )|\b{ONLY} )(?:una|1) (?:sola )?parola{END}",
            r"\bsì (?:o|/) ?no\b|\bsì/no\b|\bvero o falso\b|\bin un (?:solo )?(?:tweet|sms)\b",
            rf"\b(?:{ONLY}|dimmi|dammi|con) (?:{ONLY} )?(?:con )?(?:il |la |lo |l'|un[ao']? ?)(?:nome|"
            r"numero|cifra|risultato|risposta|lettera|titolo|parola|"
            r"data|ora|valore|totale|anno|prezzo|cognome|formula|percentuale)(?: (?:final[ei]|esatt[oa]|"
            rf"corrett[oa]))?{END}",
            r"\b(?:e )?nient'altro\b|\be basta\b|\b(?:senza|nessuna|niente) (?:\w+ )?(?:spiegazion[ei]|"
            r"commenti|spiegare|motivare|aggiungere altro|giri di parole)\b|"
            r"\bnon (?:spiegare|motivare|aggiungere)\b",
        ),
        "one",
    ),
    WishPattern(
        "each_sentences",
        loose(
            rf"\b{LINKED}{RANGE}{SHORT}(?:fras[ei]|righe?|riga)\b",
            rf"\b{RANGE}{SHORT}(?:fras[ei]|righe?|riga)\b(?: di spiegazione)?(?: al massimo| massimo|"
            rf" max)?,? ?{EACH}",
            rf"\b{POINTS} (?:di|da) {RANGE}{SHORT}(?:fras[ei]|righe?|riga)\b",
        ),
        sure=True,
    ),
    WishPattern(
        "each_words", loose(rf"\b{LINKED}{RANGE}parole\b", rf"\b{RANGE}parole\b,? ?{EACH}"), sure=True
    ),
    WishPattern(
        "each_sentences",
        loose(rf"\bun (?:breve )?paragrafo ?,?{EACH}", rf"\b{LINKED}un (?:breve )?paragrafo\b"),
        "paragraph",
        sure=True,
    ),
    WishPattern("sentences", loose(*_amount(r"(?:fras[ei]|righe|riga)\b"))),
    WishPattern("words", loose(*_amount(r"parole\b(?! (?:più|chiave|d[i'] ))"))),
    WishPattern(
        "length",
        loose(
            r"\b(?:brevemente|sinteticamente|concisamente|in breve|in sintesi|sii (?:\w+ )?(?:breve|"
            r"conciso|sintetico)|in modo (?:\w+ )?(?:breve|conciso|sintetico)|"
            r"(?:rispost[ae]|spiegazion[ei]|consigli|elenco|punti) (?:\w+ e )?(?:brev[ei]|concis[aeio]|"
            r"sintetic[aheio]+)|non troppo lung[oa]|"
            r"senza (?:entrare|scendere) nei dettagli|breve (?:risposta|spiegazione|panoramica)|"
            r"(?:risposta|spiegazione) (?:molto breve|brevissima|cortissima|molto corta|secca)|"
            r"brevissimamente|"
            r"(?:il )?più breve(?:mente)? possibile|in poch(?:e|issime) parole)\b"
        ),
        "short",
    ),
    WishPattern(
        "length",
        loose(
            r"\b(?:in dettaglio|nel dettaglio|dettagliatamente|in modo (?:\w+ )?(?:dettagliato|"
            r"approfondito|esaustivo|completo)|approfonditamente|"
            r"(?:rispost[ae]|spiegazion[ei]|analisi|descrizion[ei]|guida) (?:\w+ )?(?:dettagliat[ae]|"
            r"approfondit[ae]|lung[ah]e?|complet[ae]|esaustiv[ae])|"
            r"con (?:molti|tanti|tutti i) dettagli)\b"
        ),
        "long",
    ),
)
