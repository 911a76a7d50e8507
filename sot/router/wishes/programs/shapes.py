"""Shapes by which a program's prompt is known: field markers, transcripts, labels, cues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from .sign import CALL, CLASS, COMPLETION, FIELDS, RATING
from .templates import demanded_shapes, without_code

_MOST = 24  # lines of marks that are looked at
_MULTI = re.IGNORECASE | re.MULTILINE
# Tokens of chat templates, a request as JSON, fields between marks, one turn of a transcript
_CHAT_TOKEN = re.compile(
    r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"
    r"|\{\{[#/^]\w{1,30}\}\}|\A\{\s*\"(?:task|text|input|query|instruction|prompt|question"
    r"|op|action)\" ?:|(?P<mark>%%|@@|##|\$\$"
    r"|::)/?(?P<name>\w{2,30})(?P=mark)[^\n]{0,300}(?:\n[^\n]{0,300}){0,3}?(?P=mark)/?\w{2,30}(?P=mark)"
    r"|\A(?:human|user|instruction|q) ?: [^\n]{1,600}\n+(?:assistant|ai|bot"
    r"|response) ?:\s*\Z",
    re.IGNORECASE,
)
# Lines of fields between marks
_MARK_LINE = re.compile(
    r"^(?P<open>[=#@~%<>\[\]{}|+-]{1,5}) ?(?P<name>[^\W\d][\w ]{1,24}?)"
    r" ?(?P<close>[=#@~%<>\[\]{}|+-]{1,5}) ?:?(?P<rest>.*)$",
    re.MULTILINE,
)
_TO_FILL = re.compile(
    r"\((?:to be filled|fill[^)\n]{0,20}|your [^)\n]{1,20}|tbd|\.{3})\)|\{\.{3}\}|_{3,}", re.IGNORECASE
)
# Calls of a function whose value is asked for
_CALL = re.compile(r"^(?:>>> )?[a-z_]\w{0,30}\((?:[\"'][^\n]{1,400}[\"'])\)", re.MULTILINE)
_VALUE_OF_CALL = re.compile(
    r"^>>> |\) ?(?:=|=>|->|==|returns) ?(?:\S|\Z)|\breturn value\b|\b(?:this|the) call return", re.MULTILINE
)
_FIELD_MARK = re.compile(
    r"\[\[ ?#{1,3} ?[^\]\n]{1,40}? ?#{1,3} ?\]\]|^[A-Z¿][^\n:{]{1,30}: ?(?:[\w"
    r" ,']{1,60})?\$\{[^}\n]{1,80}\}",
    re.MULTILINE,
)
# A cue at the end that waits for the answer
_ANSWER_CUE = (
    r"(?:(?:your|helpful|final|the|short|detailed|best|useful) )?(?:answer|response|reply"
    r"|assistant|ai|bot|a|chatbot)"
    r"|(?:deine |hilfreiche )?antwort|r[ée]ponse|respuesta|resposta|回答|答え|答案|答|アシスタント|助手"
)
_ANSWER = re.compile(rf"(?:{_ANSWER_CUE})(?: \([^)\n]{{1,60}}\))? ?[:=]?", re.IGNORECASE)
_CUE = re.compile(
    r"(?:\A|[\n.!?。!?]|[.!?]\") *(?:\d{1,2}[.)] |[-*#>\t ]*)(?P<cue>(?![^\n]{0,60}\bfollow(?:ing|s)\b)"
    r"(?:[^\W\d][\w'/+#-]*(?:[ .][\w'/#-]+){0,5}|<[a-z_]{1,20}>)(?: ?\([^()\n]{1,60}\))? ?(?::|=>"
    r"|->|→|=|=\"|>{2,3}))"
    r"[ \t*]*(?:```\w*|<[^<>/\n]{1,30}>|\"{1,3}|\{|\[|_{2,}|\.{3})?\s*\Z",
)
_BARE_CUE = re.compile(
    r"\n *(?:\[(?:[a-z][\w ]{1,20}|\d{1,2})\]|<< ?[A-Z ]{3,30}>>|SELECT|WITH|INSERT INTO|>>>|\$|OUTPUT"
    r"|RESULT|RESPONSE|ANSWER|TITLE|TAGS|LABEL|QUERY)\s*\Z|(?:->|=>|→)\s*\Z"
)
# Values of which one is the answer: "PASS, FAIL or SKIP"
_VALUES = re.compile(
    r"(?<![\w-])[^\W\d_a-zà-ÿ]{3,}(?:_[A-Z]+)?(?: ?[,/|] ?[^\W\d_a-zà-ÿ]{3,}(?:_[A-Z]+)?){1,8},? (?:or"
    r"|o|ou|oder) "
    r"[^\W\d_a-zà-ÿ]{3,}\b"
)
# A person's problem of arithmetic
_NUMBER = re.compile(
    r"\d+(?![.)\d])|[%€$£]|\b(?:two|three|four|five|six|ten|half|twice|dozen|hundred)\b"
    r"|\bhow (?:many|much|long|far|old)\b"
)
_QUESTION = re.compile(r"^[ \t>*-]*(?:question|q|frage|pregunta|問題|問|質問|问题|问) ?[::]", _MULTI)
_OPEN_TAG = re.compile(r"\n\s*<(?P<tag>[a-z_]{2,20})>\s*\Z")
# Labels of data
_LABEL = re.compile(
    r"^[ \t>*#-]*(?P<label>[^\W\d][\w/-]{0,20}(?: [\w/-]{1,15}){0,3})(?: ?\([^)\n]{0,60}\))?"
    r" ?[:=](?= |\n|\"|\Z)",
    _MULTI,
)
_DATA = re.compile(
    r"(?:text|input|query|q|question|message|article|sentence|article|document|passage|content"
    r"|title|conversation|dialogu?e|transcript"
    r"|chat|history|chat history|description|memory|comment|review|email|mail|note|prefix"
    r"|instruction|prompt|utterance|request"
    r"|tables?|schema|columns|fields|format|output|diff|page|platform|need|original question|user"
    r" query|user message|first message|new lines"
    r"|eingabe|ausgabe|nachricht|frage|gespr[äa]ch|kunde|texte|entr[ée]e|sortie|question"
    r"|conversation|sch[ée]ma|texto|entrada|salida"
    r"|pregunta|mensaje|primer mensaje|conversaci[óo]n|入力|出力|質問|本文|文章|会話|会話履歴|履歴"
    r"|ユーザー|输入|输出|问题|文本|对话|历史|上下文|用户|内容)",
    re.IGNORECASE,
)
# Documents to answer from, as people have them too
_CONTEXT = re.compile(
    r"(?:^[ \t>*#\[<-]*(?:context|kontext|contexte|contexto|(?:relevant |retrieved |search"
    r" )?(?:passages|sources|documents|excerpts|results|docs)"
    r"|knowledge base|コンテキスト|文脈|資料|参考(?:資料|情報|内容)|上下文|背景资料|已知(?:信息|内容)|资料)\b"
    r"|\bcontext(?: information)?\b[^\n]{0,40}\b(?:to answer|below)|(?:using|use|based on"
    r"|from)\b[^\n]{0,40}\b(?:context|passages|sources|documents|excerpts)\b)",
    _MULTI,
)
# Tags around data
_TASK_TAG = re.compile(
    r"<(?P<tag>task|output_format|output|format|response_format|schema|rubric|taxonomy|labels"
    r"|categories|max_\w+|\w+_schema"
    r"|instruction|input|text|query|conversation|chat_?history|chat|history|messages|transcript"
    r"|dialogu?e|diff|会話|对话|chat_log"
    r"|description|article|article_\w+|essay|user_message|user_input|conversación|gespräch|\w+_to_\w+)>",
    re.IGNORECASE,
)
# Headings of tasks
_HEADINGS = re.compile(
    r"^#{1,4} ?\**(?P<name>task|guidelines?|output(?: format)?|instructions?|rules?|format"
    r"|examples?|chat history|conversation|input"
    r"|t[âa]che|sortie|aufgabe|ausgabe|gespr[äa]ch|tarea|salida|reglas|タスク|出力(?:形式)?|会話"
    r"|指示|任务|输出|对话(?:记录|历史)?|要求|规则)\**:?\s*$",
    _MULTI,
)
# Transcripts
_USER_LINE = re.compile(
    r"^[ \t>*-]*(?:user|human|customer|you|kunde|nutzer|benutzer|usuario|utilisateur|ユーザー|用户"
    r"|客户|问|q) ?:",
    _MULTI,
)
_BOT_LINE = re.compile(
    r"^[ \t>*-]*(?:assistant|ai|bot|model|agent|assistent|asistente|アシスタント|助手|客服|答|support) ?:",
    _MULTI,
)
_AT_LINE = re.compile(r"^@\w{2,20}\b", re.MULTILINE)
_INLINE_CHAT = re.compile(
    r"\b(?:user|human|nutzer|usuario|utilisateur) ?[:>] [^\n]{1,120}?(?:\n|\b)(?:assistant|bot|ai) ?[:>] ",
    re.IGNORECASE,
)
_EMPTY_HEADING = re.compile(r"\n#{1,4} ?[^\W\d][\w ]{1,30}:?\s*\Z")
_SNAKE_LABEL = re.compile(r"^[ \t-]*[a-z]{2,15}_[a-z_]{2,20} ?[:=]", re.MULTILINE)
_SECTION = re.compile(r"^[A-Z][A-Z ]{3,20}:?$", re.MULTILINE)
_LIMITED_CUE = re.compile(r"\([^()\n]{3,60}\) ?[:=]\s*\Z")
# Answers side by side, marks for them
_COMPARED = re.compile(
    r"\b(?:output|answer|response|assistant|candidate|model|completion|translation|summary|回答"
    r"|antwort|r[ée]ponse|respuesta) ?\(?[ab12]\)?'?s?"
    r" ?(?:answer|response|output)?\]? ?(?::|\n)",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\[\[ ?(?:\d+|rating|score|a|b|verdict)\b ?\]\]|\[ ?\] ?> ?\[ ?\]|\[\d\] ?> ?\[\d\]", re.IGNORECASE
)
# Sections and labels as programs write them
_BRACKET_HEADING = re.compile(
    r"^\[/?(?:the )?(?:start|end|begin|system|instruction|question|answer|user|assistant|request"
    r"|reference|text|data)[^\]\n]{0,40}\]",
    _MULTI,
)
# Data behind a line, or in quotes at the end
_GIVEN = re.compile(r"\n(?:---|<<<|\"\"\"|```)|[\"«「][^\"»」\n]{12,300}[\"»」]\s*\Z")
_CLOSING_QUOTE = re.compile(r"[\"»」]")
_OPENING_QUOTE = re.compile(r"[\"«「]")
_LEAST_QUOTED = 12  # characters of a quoted sentence
_PAIR = re.compile(r"^(?P<in>[^\n]{1,300}?) ?(?:->|=>|→|⇒) ?\S", re.MULTILINE)


def shapes(text: str, *, is_system: bool) -> Iterator[tuple[str, int]]:
    """Yield the signs that a text's shape gives, each as reason and points.

    Args:
        text: The text, its case kept.
        is_system: Whether it is a system prompt.
    """
    if (
        _FIELD_MARK.search(text)
        or _CHAT_TOKEN.search(text)
        or _has_marked_fields(text)
        or len(_AT_LINE.findall(text)) > 2
    ):
        yield FIELDS, 3
    yield from demanded_shapes(text, is_system=is_system)
    if _MARK.search(text):
        yield RATING, 3
    if is_system:
        if _VALUES.search(text):
            yield CLASS, 3
        return
    yield from _cue(text)
    yield from _data(text)
    if _CALL.search(text) and _VALUE_OF_CALL.search(text):
        yield CALL, 3
    if len({match[0].lower().strip(" [(") for match in _COMPARED.finditer(text)}) > 1:
        yield RATING, 1


def _has_marked_fields(text: str) -> bool:
    """Return whether lines of marks part fields that are to be filled: the last, or one with a hole."""
    lines = [
        line
        for line in islice(_MARK_LINE.finditer(text), _MOST)
        if len(line["open"]) + len(line["close"]) > 2
    ]
    if len(lines) < 2 or len({line["open"] for line in lines}) > 1:
        return False
    last_is_empty = not text[lines[-1].start("rest") :].strip()
    return last_is_empty or _TO_FILL.search(text) is not None


def _is_chat(text: str) -> bool:
    asked = _USER_LINE.search(text)
    return asked is not None and _BOT_LINE.search(text, asked.end()) is not None


def _cue(text: str) -> Iterator[tuple[str, int]]:
    found = _CUE.search(text, max(0, len(text) - 200))
    if found is None or found.start("cue") < 8:
        tag = _OPEN_TAG.search(text, max(0, len(text) - 60))
        if (tag and f"</{tag['tag']}>" not in text) or _BARE_CUE.search(text, max(0, len(text) - 60)):
            yield COMPLETION, 3
        return
    answers = _ANSWER.fullmatch(found["cue"].strip().rstrip(':=>-→" ')) is not None
    if answers and len(_NUMBER.findall(text)) > 1 and len(_QUESTION.findall(text)) < 2:
        return  # a person's problem of arithmetic
    if not answers or not (_CONTEXT.search(text) or _is_chat(text)):
        yield COMPLETION, 3


def _data(text: str) -> Iterator[tuple[str, int]]:
    """Yield signs of data that stands beside an instruction."""
    headings = {match["name"].lower() for match in _HEADINGS.finditer(text)}
    if {"chat history", "conversation", "gespräch", "会話", "对话记录", "对话历史"} & headings:
        yield "", 1
    tags = {match["tag"].lower() for match in _TASK_TAG.finditer(text)}
    if (len(headings) > 1 or tags) and not _CONTEXT.search(text):
        yield "", max(len(headings) > 1, min(2, len(tags)))
    labels = {match["label"].lower() for match in _LABEL.finditer(text) if _DATA.fullmatch(match["label"])}
    if labels or _BRACKET_HEADING.search(text) or _GIVEN.search(text) or quotes_sentence(text):
        yield "", 1
    if _is_chat(text) or _INLINE_CHAT.search(text):
        yield "", 1
    if _EMPTY_HEADING.search(text, max(0, len(text) - 60)):
        yield COMPLETION, 3
    if _SNAKE_LABEL.search(without_code(text)):
        yield "", 2
    if len(_SECTION.findall(text)) > 2:
        yield "", 1
    if _LIMITED_CUE.search(text, max(0, len(text) - 80)):
        yield COMPLETION, 1
    pairs = len(_PAIR.findall(text))
    if pairs > 1:
        yield COMPLETION, 1


def quotes_sentence(text: str) -> bool:
    """Whether a text quotes a whole sentence; one pass, whatever marks it is made of.

    Args:
        text: The text.
    """
    before = -1  # the last closing mark, which may open the next quotation
    for closing in _CLOSING_QUOTE.finditer(text):
        end = closing.start()
        if text[max(0, end - 1) : end] in ("?", ".", "!"):
            for opening in _OPENING_QUOTE.finditer(text, max(0, before - 1), end):
                inside = opening.end()
                if end - 2 - inside < _LEAST_QUOTED:
                    break
                if not text[inside].isspace() and not _CLOSING_QUOTE.search(text, inside + 1, end):
                    return True
        before = end
    return False
