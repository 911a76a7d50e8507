"""Common words and letters by which the languages in Latin script are told apart."""

from __future__ import annotations

from collections.abc import Mapping

# Words that open questions, link words and bear no subject. A word of two languages counts for both.
_WORDS: Mapping[str, str] = {
    "en": (
        "the a an of and or to in on at for with from by about as is are was were be been do does did "
        "can could should would will may might must have has had i you he she it we they me my your his "
        "her its our their this that these those what which who whom whose when where why how not no yes "
        "please give tell list write explain describe name some any most more than if there here into "
        "over under between during after before because so such then them us up out just only all each "
        "every other good better best many much people make get use using without within versus vs per "
        "tips ways ideas benefits advantages compare translate turn find say said summarize summarise "
        "rewrite classify suggest discuss answer reply respond always never one two three sentence "
        "sentences word words paragraph table bullet points short brief"
    ),
    "de": (
        "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist "
        "sind war waren wird werden wurde hat haben hatte kann können könnte soll sollte sollten muss "
        "müssen darf ich du er sie es wir ihr mich mir dich dir uns euch mein meine meinen meinem meiner "
        "dein deine sein seine ihre was wer wie warum wieso weshalb wozu wann wo woher wohin welche "
        "welcher welches welchen wieviel im am zum zur beim vom auf aus bei mit nach von vor zu über "
        "unter für gegen ohne durch wenn dass weil ob als auch noch nur schon sehr mehr bitte gib nenne "
        "nenn erkläre erklär beschreibe schreib schreibe übersetze man gibt lassen macht machen bekommt "
        "besser gegenüber zwischen vorteile nachteile tipps gründe ideen fuer ueber koennen kannst "
        "könntest könnten würde würden waere wäre satz sätze sätzen wort worten wörter wörtern "
        "stichpunkte stichpunkten stichworten fließtext tabelle tabellarisch tabellenform aufzählung "
        "aufzählungen antworte antworten ausführlich wichtigsten besten überschriften absatz absätzen "
        "zeilen höchstens maximal jeweils stichpunktartig knapp kurz liste weiter mach geht in zwei drei "
        "vier fünf sechs sieben acht neun zehn so viele bringt heißt eigentlich spielen leute löse nimm "
        "wieder holz jeder jede alle unsere unser dann doch mal"
    ),
    "fr": (
        "le la les l un une des du de d et ou mais ne pas est sont était étaient être sera serait a ont "
        "avait ai as avez peut peuvent puis peux pourrait doit dois devrait faut fait faire je j tu il "
        "elle on nous vous ils elles me te se mon ma mes ton ta tes son sa ses notre nos votre vos leur "
        "leurs ce cet cette ces c qu que qui quoi quel quelle quels quelles comment pourquoi combien "
        "quand où dans sur sous avec sans pour par en au aux chez vers entre depuis si plus moins très "
        "bien mieux donne donner donnez explique expliquez écris écrivez cite citez parle y n s t m dont "
        "chaque avantages conseils raisons idées moi toi merci svp est-ce contre comme même tout tous "
        "toute toutes aussi réponds répondez repondez reponds utilise utilisez jamais désormais "
        "bienfaits phrase phrases mots forme tableau liste stp pk nomme capitales sûr toujours "
        "maintenant encore puces paragraphe deux trois quatre cinq sept huit neuf dix autre chose "
        "ajouter résous vélo pros"
    ),
    "es": (
        "el la los las un una unos unas y o u pero no es son era eran ser está están estar ha han hay "
        "fue puede pueden puedo podría debe deben debo debería hacer tengo tiene tienen yo tú él ella "
        "nosotros ellos ellas me te se le les lo mi mis tu tus su sus nuestro nuestra este esta estos "
        "estas ese esa eso esto que qué quién quiénes cuál cuáles cómo como por porque para cuándo dónde "
        "cuánto cuántos cuántas cuánta en de del al con sin sobre entre desde hasta si más menos muy "
        "bien mejor dame dime explica explícame escribe nombra describe favor ventajas consejos razones "
        "ideas maneras sería pasaría cual cuales cuantos cuantas cuanto quien sé e nos nunca siempre "
        "solo uses usa ni responde contesta respondeme quiero haz ahora frase frases palabra palabras "
        "lista listas tabla causas respuestas explicame compara cuadro parrafo párrafo unico cada dos "
        "tres cuatro cinco beneficios responda respóndeme ponlo ponme gracias seis siete ocho nueve diez "
        "ya contra pros inconvenientes riesgos argumentos completa define defina decir dice poner seguro "
        "hago hice"
    ),
    "it": (
        "il lo la i gli le un uno una e o ma non è sono era erano essere ho ha hanno può possono posso "
        "potrei devo deve dovrei fare io tu lui lei noi voi loro mi ti si ci vi mio mia tuo tua suo sua "
        "questo questa questi queste quello che chi cosa quale quali come perché quando dove quanto "
        "quanti quante quanta in di del della dello dei degli delle da dal dalla a al alla ai con senza "
        "per su sul sulla nel nella tra fra se più meno molto bene meglio dammi dimmi spiega spiegami "
        "scrivi elenca descrivi vantaggi consigli motivi idee modi anche ed ogni cos sarebbe favore "
        "rispondi rispondere rispondete tabella elenco elenchi frasi frase parole paragrafo potresti "
        "fammi citami ognuno ciascuno qual sempre adesso due tre quattro cinque sei sette otto nove "
        "dieci"
    ),
    "pt": (
        "o a os as um uma uns umas e ou mas não é são era eram ser está estão estar foi há tem têm tenho "
        "pode podem posso poderia deve devem devo deveria fazer eu tu ele ela nós vocês você eles elas "
        "me te se lhe meu minha meus minhas teu tua seu sua seus suas nosso este esta estes isso isto "
        "esse essa que quê quem qual quais como por porque porquê para quando onde quanto quantos "
        "quantas em de do da dos das no na nos nas ao à aos com sem sobre entre desde até mais menos "
        "muito bem melhor dê diga explique escreva liste vantagens dicas razões ideias maneiras seria "
        "num numa pelo pela também nunca sempre só use nem responda faça frase palavra palavras frases "
        "tabela três duas cinco parágrafo lista listas seja resposta poucas favor dois quatro"
    ),
    "nl": (
        "de het een en of maar niet geen is zijn was waren wordt worden heeft hebben had kan kunnen kunt "
        "zou zouden moet moeten mag ik jij je hij zij ze wij we jullie u mij me mijn jouw ons onze hun "
        "dit dat deze die wat wie hoe waarom wanneer waar welke welk hoeveel in op aan uit bij met naar "
        "van voor over onder tegen zonder door tussen tijdens als omdat om te ook nog meer minder zeer "
        "goed beter geef noem leg schrijf beschrijf voordelen nadelen tips redenen ideeën manieren er "
        "graag"
    ),
    "sv": (
        "och eller men inte är var blir har hade kan kunna ska skulle måste jag du han hon vi ni de dem "
        "mig dig min mitt mina din ditt den det denna dessa en ett vad vem hur varför när vilka vilken "
        "vilket i på av till från med för om under över mellan utan som att också mer mindre mycket bra "
        "bättre ge nämn förklara skriv fördelar nackdelar tips man sig"
    ),
    "da": (
        "og eller men ikke er var bliver har havde kan kunne skal skulle må jeg du han hun vi de dem mig "
        "dig min mit mine din den det denne disse en et hvad hvem hvordan hvorfor hvornår hvor hvilke "
        "hvilken i på af til fra med for om under over mellem uden som at også mere mindre meget godt "
        "bedre giv nævn forklar skriv fordele ulemper råd man sig hva hvilket gi nevn"
    ),
    "fi": (
        "ja tai mutta ei on ovat oli olla voi voin voivat voisi pitää minä sinä hän me te he mitä mikä "
        "mitkä kuka miten kuinka miksi milloin missä kun jos että myös enemmän vähemmän hyvä paremmin "
        "anna kerro selitä kirjoita edut haitat ovatko onko minun sen"
    ),
    "pl": (
        "i lub albo ale nie jest są był była było być mam ma mają może mogę można powinien powinienem "
        "trzeba ja ty on ona my wy oni mi mnie się mój moja to ten ta te tego co kto jak dlaczego kiedy "
        "gdzie jaki jaka jakie ile w na z ze do od dla po przez pod nad między bez o u że czy też więcej "
        "mniej bardzo dobrze lepiej podaj wymień wyjaśnij opisz napisz zalety wady porady powody"
    ),
    "cs": (
        "a nebo ale ne je jsou byl byla bylo být mám má mají může mohu měl bych já ty on ona my vy oni "
        "mi mě se si můj moje to ten ta co kdo jak proč kdy kde jaký jaká jaké kolik v na z ze do od pro "
        "po přes pod nad mezi bez o u že zda také více méně velmi dobře lépe dej uveď vysvětli popiš "
        "napiš výhody nevýhody"
    ),
    "tr": (
        "ve veya ama değil bir bu şu o ben sen biz siz onlar bana benim ne kim nasıl neden niçin niye "
        "zaman nerede hangi kaç için ile gibi kadar daha çok az en iyi mi mı mu mü var yok olarak olan "
        "nelerdir nedir ver açıkla yaz anlat avantajları faydaları"
    ),
    "ro": (
        "și sau dar nu este sunt era fi am ai are au poate pot trebuie eu tu el ea noi voi ei mă te se "
        "îmi meu mea acest această ce cine cum de când unde care cât câte câți în la din cu fără pentru "
        "pe prin între despre dacă mai foarte bine dă explică scrie avantaje beneficii sfaturi motive un "
        "o ale"
    ),
    "hu": (
        "a az egy és vagy de nem van vannak volt lesz lehet kell én te ő mi ti ők engem hogyan miért "
        "mikor hol ki milyen melyik mennyi hány ha hogy is több kevesebb nagyon jól jobban jobb adj "
        "mondj írj sorolj magyarázd előnyei hátrányai tanács ban ben nak nek"
    ),
    "vi": (
        "và hoặc nhưng không là có thể được tôi bạn anh chị chúng ta của cho với trong trên từ để khi "
        "nếu thì như thế nào tại sao gì ai đâu bao nhiêu những các một hãy làm tốt hơn lợi ích cách"
    ),
    "id": (
        "dan atau tetapi tidak bukan adalah ada akan bisa dapat harus saya aku anda kamu dia kami kita "
        "mereka ini itu apa siapa bagaimana mengapa kenapa kapan di mana berapa yang untuk dengan tanpa "
        "dari ke pada dalam oleh karena jika agar lebih kurang sangat baik berikan sebutkan jelaskan "
        "tuliskan tulis manfaat cara saja"
    ),
}
# A letter that one of these languages has and its neighbours have not, as a hint for a text without words.
_LETTERS: Mapping[str, str] = {
    "de": "ßäöü",
    "fr": "çœêèùûëîâ",
    "es": "ñáíóú",
    "it": "ìò",
    "pt": "ãõáíóú",
    "sv": "å",
    "da": "øæ",
    "pl": "łżźćśąę",
    "cs": "řěů",
    "tr": "ğşı",
    "ro": "ășțâ",
    "hu": "őű",
    "vi": "ơưđạảấầẩậắằẳặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỷỹỵ",
}


def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in _WORDS.items():
        for word in dict.fromkeys(words.split()):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


LANGUAGES_OF_WORD = _by_word()
LANGUAGES_OF_LETTER = {
    letter: tuple(language for language, own in _LETTERS.items() if letter in own)
    for letter in "".join(_LETTERS.values())
}
