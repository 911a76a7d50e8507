"""Words and phrases of Italian wishes, as patterns."""

from __future__ import annotations

from ..numbers import number_pattern
from ..wish import Wish

NUMBERS = {
    "un": 1, "uno": 1, "una": 1, "un'unica": 1, "un unico": 1, "una sola": 1, "un solo": 1,
    "un singolo": 1, "una singola": 1, "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6,
    "sette": 7, "otto": 8, "nove": 9, "dieci": 10, "una decina": 10, "undici": 11, "dodici": 12,
    "una dozzina": 12, "quindici": 15, "venti": 20, "una ventina": 20, "trenta": 30, "quaranta": 40,
    "cinquanta": 50, "sessanta": 60, "cento": 100, "un centinaio": 100, "duecento": 200,
}  # fmt: skip
MOST = (
    r"(?P<most>meno di|al massimo|massimo|max\.?|non più di|fino a|(?:non )?superare|entro|sotto(?: le| i)?|"
    r"mai più di|un massimo di|<=?|≤)"
)
LEAST = r"(?P<least>almeno|come minimo|minimo|più di|non meno di|>=?|≥)"
ABOUT = r"(?:circa|esattamente|solo|soltanto|le|i|gli|massimo|proprio)"
RANGE = (
    rf"(?:(?:{MOST}|{LEAST}|{ABOUT}) (?:le |i |gli )?)?{number_pattern(NUMBERS)}"
    rf"(?: ?(?:-|–|a|o|e) ?{number_pattern(NUMBERS, 'm')})?(?: di | d'| )"
)
SHORT = r"(?:(?:brev[ei]|cort[aei]|semplic[ei]|sol[aeoi]|unic[ao]|piccol[aeoi]|bell[ao]) )*"
PLEASE = r"(?:per favore|per piacere|per cortesia|grazie(?: mille)?|pf)"
END = rf"(?= ?(?:[.,;!?)–—-]|{PLEASE}|\Z|\n))"
ONLY = r"(?:solo|soltanto|solamente|esclusivamente|unicamente|semplicemente|nient'altro che|giusto)"
VERB = (
    r"(?:rispond[ia]|rispondete|scriv[ia](?:mi|lo|la|li|le)?|scrivete|dammi|dai|dà|date(?:ci|mi)|dia|dimmi|"
    r"dica|fai|fa'|fammi|faccia|fate|"
    r"spiega(?:mi|melo|mela|lo|la)?|spieghi|descrivi(?:mi|lo|la)?|riassumi(?:lo|la)?|elenca(?:mi|li|le)?|"
    r"presenta(?:mi|lo|la|li|le)?|"
    r"mostra(?:mi)?|usa|usare|usi|utilizza|utilizzi|metti(?:li|le|lo)?|confronta|restituisci|produci|genera|"
    r"formatta|organizza|"
    r"struttura|limita(?:ti)?|resta|sii|proponi(?:mi)?|suggerisci(?:mi)?|consiglia(?:mi)?|crea|"
    r"prepara(?:mi)?|compila|esprimi|"
    r"cita(?:mi)?|nomina|racconta(?:mi)?|indica(?:mi)?|parla(?:mi)?|evita|componi|inventa|traduci|trova|"
    r"numera|"
    r"ordina|tieni|fornisci|illustra|esponi|analizza|converti|trasforma|riporta|stila|redigi|sintetizza)"
)
INFINITIVE = (
    r"(?:rispondere|scrivere|redigere|presentare|spiegare|descrivere|riassumere|parlare|dire|esprimere|"
    r"raccontare|comporre|creare|fare|"
    r"usare|utilizzare|mettere|salvare|memorizzare|esportare|importare|convertire|trasformare|tradurre|"
    r"leggere|inviare|scambiare|"
    r"rappresentare|codificare|serializzare|analizzare|generare|produrre|lavorare|pensare|insegnare|"
    r"studiare|imparare|passare|"
    r"pubblicare|strutturare|organizzare|restituire|archiviare|presentarsi|inserire|cantare|comunicare)"
)
WANT = r"(?:vorrei(?: avere)?|voglio|preferisco|preferirei|desidero|mi serve|mi servono|ho bisogno di)"
WORK = (
    r"(?:poesia|haiku|limerick|sonetto|canzone|rap|ballata|storia|storiella|fiaba|favola|racconto|lettera|"
    r"e-?mail|mail|discorso|"
    r"dialogo|conversazione|sketch|barzelletta|tweet|slogan|indovinello|filastrocca|monologo|saggio|tema|"
    r"articolo|sceneggiatura|"
    r"sms|messaggio|post|intervista|cartolina|comunicato stampa|rima)"
)
POINTS = (
    r"(?:consigli|suggerimenti|trucchi|idee|motivi|ragioni|vantaggi|svantaggi|benefici|pro|contro|cause|"
    r"effetti|conseguenze|esempi|"
    r"differenze|somiglianze|passi|passaggi|modi|maniere|metodi|tecniche|punti|argomenti|criteri|principi|"
    r"elementi|fattori|aspetti|"
    r"rischi|pericoli|sfide|errori|miti|segnali|segni|sintomi|abitudini|teorie|approcci|opzioni|alternative|"
    r"competenze|lezioni|"
    r"tendenze|problemi|usi|misure|precauzioni|cose|attività|fatti|domande|regole|soluzioni|strumenti|"
    r"esercizi|qualità|difetti|"
    r"caratteristiche|tipi|strategie|raccomandazioni|proposte|pregi|dritte|spunti)"
)
UNITS = (
    r"(?:parol[ae]|fras[ei]|righe?|caratteri|paragraf[io]|pagin[ae]|minut[io]|or[ae]|giorn[io]|settiman[ae]|"
    r"mes[ei]|ann[io]|volt[ae]|persone|euro)"
)
EACH = (
    r"(?:ciascun[oa]?|ognun[oa]|l'un[oa]|cadaun[oa]|(?:per|a|su|di|con) (?:ogni|ciascun[oa]?|ognuno|"
    r"ognuna)\b(?! risposta| domanda)"
    r"(?: (?!una?\b)\w+)?|(?:per|a) (?:punto|consiglio|idea|motivo|vantaggio|elemento|voce|esempio|effetto|"
    r"causa|testa))"
)
POINT = r"(?:per |su |di )?(?:ciascun[oa]?|ognun[oa]|ogni (?!risposta|messaggio|volta|domanda|giorno)\w+)"
LINKED = (
    rf"{POINT} ?[,:]?(?: (?:è|sia|deve|essere|ha|abbia|con|in|di|da|spiegat[oa]|descritt[oa]|riassunt[oa]|"
    r"seguit[oa] da|"
    r"accompagnat[oa] da|contiene|limitat[oa] a|avere))* ?"
)
LISTS = (
    r"(?:(?:elench?i|elenco|liste?|elencazioni|punti elenco|trattini|bullet(?: points?)?|pallini)\b"
    r"(?! (?:della|delle|dei|degli|di (?!punti)))(?: (?:puntat[oi]|numerat[oi]|a punti))?)"
)
DATA = r"(?P<value>json|yaml|yml|csv|tsv|xml|html|toml|latex|jsonl|ndjson|svg)\b(?!, (?:come|perché|che))"
SHAPE = (
    r"(?:un |uno |il |lo |del |dei |di |formato |oggetto |file |array |documento |blocco |valido |solo |"
    r"puro )*"
)
AS = r"(?:in|sotto|come|nella|sotto forma di|in forma di|a mo' di|con|dentro|usando|a|tramite)"
PROSE = Wish("form", "prose")
TEXT = (
    r"(?:prosa|testo (?:continuo|scorrevole|unico|discorsivo|corrente|fluido|semplice|coeso)|paragraf[io]|"
    r"forma discorsiva|capoverso|"
    r"modo discorsivo|testo(?= ?(?:,|e non|senza)))"
)
