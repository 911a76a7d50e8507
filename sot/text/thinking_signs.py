"""Signs in a text of which it is not yet known whether it is thoughts or the answer."""

from __future__ import annotations

import re

from .thought_marks import Mark

_PHRASES = (
    # English
    "okay", "ok", "alright", "all right", "h+m+", "let me", "let['’]?s", "let us", "got it", "wait",
    "thinking", "i (?:need|should|have|must|want|think|will|can|could|might)", "i['’](?:ll|m)",
    "i am (?:going|asked)",
    "we (?:need|should|have|must|want|are asked|can|could|will)", "we['’](?:ll|re)", "thoughts?:",
    "(?:the )?user", "the (?:question|task|prompt|problem|request|instructions?|assistant|person)",
    "this (?:user|question|task|prompt|is a (?:question|request))", "my (?:task|goal|job|thoughts?|thinking)",
    "first(?:ly)?,? (?:i|let|we|the user)", "so,? (?:the|i|we|let|they|this)", "now,? (?:i|we|let|the user)",
    "here(?:['’]s| is| are) (?:a|my|the) (?:thinking|thoughts?|reasoning)", "they (?:want|ask)", "right[,.]",
    "some(?:one|body) (?:wants|asks|is asking)", "(?:a|the) good answer", "(?:task|goal|plan|draft)s?:",
    # German
    "also", "der (?:be)?nutzer", "die (?:be)?nutzerin", "der user", "lass(?:t|en)? (?:mich|uns|sie)",
    "ich (?:muss|sollte|werde|soll|möchte|kann|denke)", "wir (?:müssen|sollten|sollen)", "warte", "gut,",
    "mal (?:sehen|überlegen)", "(?:zunächst|zuerst) (?:muss|sollte|mal|einmal|überlege)",
    "die (?:frage|aufgabe)",
    # French
    "d['’]accord", "bon,", "bien,", "voyons", "l['’]utilisat(?:eur|rice)", "je (?:dois|devrais|vais|pense)",
    "attends", "nous devons", "(?:tout )?d['’]abord,? (?:je|il|nous)", "réfléchissons",
    "la question", "alors,",
    # Spanish
    "vale", "de acuerdo", "el usuario", "la usuaria", "déjame", "veamos", "vamos a", "tengo que", "debo",
    "debería", "necesito", "primero,? (?:debo|necesito|tengo|voy)", "espera", "pensemos", "la pregunta",
    # Portuguese
    "[oa] usuári[oa]", "o utilizador", "certo", "vamos", "dei?xa?-?me", "preciso", "devo", "tenho que",
    "primeiro,? (?:preciso|devo|vou)", "bem,", "espere", "a pergunta",
    # Italian
    "l['’]utente", "va bene", "allora", "vediamo", "dovrei", "dobbiamo", "fammi", "lasciami", "la domanda",
    "prima,? (?:devo|di tutto)", "pensiamo", "aspetta",
    # Dutch
    "oké", "de gebruiker", "laat (?:me|ik)", "ik moet", "we moeten", "eerst (?:moet|ga)", "goed,", "wacht",
    "even (?:kijken|denken)",
    # Polish and Russian
    r"użytkowni\w*", "dobrze,", "okej", "muszę", r"powin\w*", "zastanówmy", "pomyślmy",
    "хорошо", "итак", "ладно", "так,", r"пользовател\w*", r"давай\w*",
    "мне (?:нужно|надо|следует)", r"я долж\w*", "х+м+", r"подожд\w*",
    "сначала,? (?:я|мне|нужно)", "вопрос",
)  # fmt: skip
_ASIAN = (
    "好的", "好[,，]", "嗯", "唔", "用户", "用戶", "使用者", "首先", "让我", "讓我",
    "我们?(?:需要|应该|要|得|来)",
    "我們?(?:需要|應該|要|得|來)", "(?:这个)?问题", "这是一个", "思考", "那么[,，]", "接下来",
    "まず", "ユーザ", "えーと", "えっと", "ええと", "うーん", "ふむ", "さて", "よし", "なるほど", "考え",
    "質問",
    "사용자", "음[,. …]", "먼저", "우선", "알겠", "그럼", "자,", "생각", "좋아", "질문",
)  # fmt: skip
_THINKS = re.compile(rf"[\W_]*(?:(?:{'|'.join(_PHRASES)})(?!\w)|{'|'.join(_ASIAN)})", re.IGNORECASE)

_QUOTES = frozenset("`\"'“”‘’«»「『(")
_SENTENCE_ENDS = frozenset(".!?…:。！？：")
_INVISIBLE = frozenset("\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad")


def reads_like_thinking(text: str) -> bool:
    """Whether a text begins as models begin their thoughts, in the languages that models think in."""
    return _THINKS.match(text) is not None


class Context:
    """What stands before a mark, which tells a mark that sets something apart from one that is talked about.

    A model writes its marks at the start of a line, right after a word or after a sentence; a text about them
    names them in quotes or in the middle of a sentence.

    Attributes:
        blank: Nothing visible has come.
    """

    def __init__(self) -> None:
        self.blank = True
        self._last = "\n"
        self._visible = "."
        self._letters = False  # the line has a letter
        self._named = False  # the line names an opening mark
        self._ticks = 0
        self._fenced = False

    def add(self, text: str) -> None:
        """Append text."""
        if self._ticks or "`" in text:
            self._count_ticks(text)
        line = text
        if "\n" in text:
            line = text[text.rindex("\n") + 1 :]
            self._letters = self._named = False
        self._letters = self._letters or any(map(str.isalpha, line))
        last = next((char for char in reversed(text) if char not in _INVISIBLE), "")
        visible = next((char for char in reversed(text) if not char.isspace() and char not in _INVISIBLE), "")
        self._last = last or self._last
        self._visible = visible or self._visible
        self.blank = self.blank and not visible

    def _count_ticks(self, text: str) -> None:
        for char in text:
            self._ticks = self._ticks + 1 if char == "`" else 0
            if self._ticks == 3:
                self._fenced = not self._fenced

    def add_mark(self, mark: Mark) -> None:
        """Append a mark that is only talked about."""
        self.add(mark.text)
        self._named = self._named or mark.kind == "open"

    def sets_apart(self, mark: Mark) -> bool | None:
        """Whether a mark stands where it sets something apart; ``None`` if what follows it has to tell."""
        if self._fenced or self._last in _QUOTES:
            return False
        if not self._letters or (self._visible in _SENTENCE_ENDS and not self._named):
            return True
        if not self._last.isspace():
            return not (mark.kind == "close" and self._named)
        return False if mark.kind == "open" or self._named else None
