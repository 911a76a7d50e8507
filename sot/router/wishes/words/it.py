"""Italian wishes about form, length, number and language: the most common ones."""

from __future__ import annotations

from ..wish import WishLanguage
from .accents import loose
from .it_form import FORM
from .it_length import LENGTH
from .it_manner import MANNER
from .it_points import POINTS_ASKED
from .it_words import INFINITIVE, NUMBERS, ONLY, PLEASE, VERB, WANT

RULES = WishLanguage(
    numbers=NUMBERS,
    order=loose(
        r"(?:\A|[,;:(–—-] ?|\b(?:e|ma|poi|quindi|allora|sempre|non|per favore|solo|d'ora in poi|"
        rf"che) ){VERB}(?![\w'])",
        rf"\A(?:non |sempre )?{INFINITIVE}\b(?! (?:un[ao']?|il|la|le|i|gli|dei|del) ?)",
        r"\b(?:puoi|potresti|può|potrebbe|potete|vuoi|devi|deve|dovete|dovresti|sapresti|riesci a)\b|"
        r"\bsi prega di\b|"
        rf"\b{WANT}\b|\bti prego di\b|\bmi (?:fai|dai|spieghi|scrivi|elenchi|riassumi)\b",
        r"\b(?:assistente|bot|modello|che|robot)(?: non| sempre)? ?(?:risponde|rispondi|scrive|parla|"
        r"produce)\b|\brispondi\b|"
        r"\brispost[ae] (?:\w+ ){0,2}(?:è|sono|sia|siano|dev[eo]\w*|ha|hanno|sarà|saranno|contiene)\b|"
        r"\A(?:breve |un |una |il |la )*(?:riassunto|sintesi|spiegazione|definizione|rispost[ae]|confronto|"
        r"presentazione)\b",
    ),
    filler=loose(
        rf"\A(?:(?:{PLEASE}|e|ma|{ONLY}|la|il|le|i|tua|tue|tutte|tutto|rispost[ae]|formato|output|risultato|"
        r"lunghezza|limite|stile|"
        r"forma|nota|in|a|al|di|se possibile|preferibilmente|possibilmente|è|sia|questa volta|ora|adesso|"
        r"quindi|ok|ecco|ciao|"
        r"salve|buongiorno|un|una|sempre|rigorosamente|scritto|scritta|da|con|d'ora in poi|da ora in poi|"
        r"massimo|circa|"
        r"max\.?|no|sì|però|sola|solo|importante|richiesto|mi raccomando|niente)(?:[ :,–—'-]+|\Z))*\Z"
    ),
    asks=loose(
        r"\A(?:[\w' ,-]{0,60}, ?)?(?:e |ma |allora |quindi |ciao,? |dimmi,? )*(?:qual[ei]?|quali|che|cosa|"
        r"cos'|chi|come|perché|xké|quant[oaie]|"
        r"dove|quando|è|sono|ha|esist\w+|c'è|ci sono|conviene|vale|devo|posso|si può|"
        r"(?:i |le |gli |alcuni |alcune )?(?:principali |migliori |\d+ )?(?:consigli|idee|motivi|ragioni|"
        r"vantaggi|svantaggi|benefici|cause|"
        r"effetti|conseguenze|differenz[ae]|modi|rischi|confronto|elenco|lista|riassunto|esempi|"
        r"pro e contro|trucchi)|\d)(?!\w)",
        r"\A[^?]{3,160}, ?\Z",
    ),
    subject=loose(
        r"(?:\bcome|\bper|\bdove|\bquando|\bad?|(?<!prega )(?<!prego )\bdi|\bda|\bbisogna|\bmeglio|"
        r"\bsi (?:può|deve|dovrebbe)|\bposso|\bdevo|"
        r"\bsapere|\bvorrei|\bvoglio|\bsenza|\bperché|\bquali?|\bche(?: cosa)?|\bcosa|"
        r"\bconviene) (?:\w+ ){0,2}?(?:non |bene |meglio )*"
        rf"{INFINITIVE}(?: [\w'-]+){{0,5}} ?\Z",
        r"(?<!tutte )\b(?:le|alle|delle|certe|queste|odiano|amano|[ld]'una) (?:brevi |lunghe )?risposte? \Z|"
        r"\b(?:i|gli|le|un[ao']?|dei|delle|degli|nei|di|miei|mie|il|la|del|al|nel) ?(?:bei |buon[ei]? |"
        r"brevi )?"
        r"(?:testi?|libr[io]|dati|file|romanz[io]|film|e?-?mail|articol[io]|document[io]|discors[io]|"
        r"config\w*|messagg[io]|canzon[ei]|"
        r"poesi[ae]|api|cv|curriculum|sit[io]|lezion[ei]|lettere?|cors[io]|"
        r"esam[ei])(?: (?!in\b)\w+){0,2} ?\Z",
        r"\b(?:salv|memorizz|esport|codific|scritt|pubblic|tradott|convertit|restituisc|registr|"
        r"archivi)\w*(?: [\w'-]+){0,2} ?\Z|"
        r"\b(?:si|gente|professori|insegnanti|studenti) (?:\w+ )?(?:rispond|scriv|parl|dic|"
        r"esprim)\w*(?: [\w'-]+){0,3} ?\Z",
    ),
    negated=loose(
        r"(?:\b(?:non|senza|niente|nessun[oa']?|mai|né|invece d[i']|anziché|piuttosto che|evita\w*|evitare|"
        r"al posto d[i']|tranne|basta|smetti|no)"
        r"(?: ?(?:di|d'|un[ao']?|il|la|le|i|gli|in|con|usare|usi|usa|utilizzare|fare|fai|mettere|rispondere|"
        r"rispondi|scrivere|"
        r"essere|voglio|sotto|forma|come|elenchi|elenco|liste|né|o|e|tabelle|formato)){0,6}) ?\Z"
    ),
    conditional=loose(
        r"\b(?:se (?!possibile)|quando|qualora|nel caso|in caso di|all'occorrenza|se necessario|ad esempio|"
        r"per esempio|come ad|a meno|"
        r"salvo|secondo|a volte|per il codice|puoi|può|eventualmente|richiest[oa]|dove (?:serve|utile))\b"
    ),
    standing=loose(
        r"\b(?:d'ora in (?:poi|avanti)|da (?:ora|adesso|oggi) in (?:poi|avanti)|in futuro|"
        r"tutte le (?:\w+ )?(?:risposte|domande)|"
        r"ogni (?:risposta|domanda|messaggio|volta)|per il resto|in questa (?:conversazione|chat)|"
        r"finché non|le tue risposte|"
        rf"(?:{VERB}) sempre|sempre (?:in|con|{VERB})|non \w+ (?:più|mai)|mai più|basta (?:elenchi|liste|"
        r"tabelle)|niente più)\b"
    ),
    order_only=loose(
        rf"\A(?:(?:{PLEASE}|ok|ciao|e|allora|bene),? |puoi |potresti |devi |voglio che tu |vorrei che tu |"
        r"non )*"
        r"(?:rispond\w*|sii|siate|resta|(?:usa|scrivi|utilizza|parla)(?:mi)? (?:in|con|sempre|solo|frasi)|"
        r"evita|niente|senza|nessun|limita\w*|"
        r"(?:voglio|vorrei|preferisco|dammi) (?:\w+ ){0,2}risposte|(?:le tue|tutte le) risposte|solo|basta|"
        r"formato|risposte)"
        r"\b(?:(?!\b(?:spieg|descriv|cita|dammi (?!risposte)|present|confront|elenca |riassum))[^?]){0,160}\Z"
    ),
    continues=loose(
        r"\A(?:e|ed|che ne dici|stessa (?:domanda|cosa)|lo stesso|idem|ora|adesso|anche|poi|ma|oppure|o|"
        r"invece)\b(?!,? (?:che cosa|cosa|come|quali?|chi|dove|quando|perché|quant[oaie])\b)[^\n]{0,60}\Z"
    ),
    patterns=(*FORM, *LENGTH, *POINTS_ASKED, *MANNER),
)
