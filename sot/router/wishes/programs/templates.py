"""Shapes of what an answer must look like: templates, schemas, action formats, words in capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from .sign import ACTION, PARSER, TEMPLATE

_MOST = 24  # templates that are looked at more closely
_MULTI = re.IGNORECASE | re.MULTILINE
# Steps of an agent's thought and action
_STEP = re.compile(
    r"^[ \t>*-]*\"?(?P<step>thought|action(?: input)?|observation|final answer|tool(?: input)?|code"
    r"|gedanke|aktion|beobachtung|pens[ée]e|pensamiento|acci[óo]n|observaci[óo]n"
    r"|思考|行[動动](?:の入力|[输輸]入)?|[动動]作(?:[输輸]入)?|観察|观察|最終回答|最[终終]答案)\"? ?:",
    _MULTI,
)
# Tags and objects of tool calls
_TOOL_TAG = re.compile(
    r"<(?:tool|tools|tool_call|tool_calls|tool_use|tool_name|tool_code|function|functions"
    r"|function_calls?|invoke|action|execute"
    r"|end_code|final_answer|observation|read_file|write_file|command|attempt_completion)(?:["
    r" =][^>\n]{0,60})?>",
    re.IGNORECASE,
)
_TOOL_JSON = re.compile(
    r"\{[^{}]{0,120}\"(?:action|action_input|tool|tool_name|tool_calls|tool_input|arguments"
    r"|function|command|next"
    r"|next_speaker|parameters|工具|动作|行動|ツール)\" ?:",
    re.IGNORECASE,
)
_ASKED_TOOL_JSON = re.compile(
    r"\{[^{}]{0,120}\"(?:action|action_input|tool|tool_name|tool_calls|工具|动作|行動)\" ?:", re.IGNORECASE
)
# Tags that only a program's prompt has
_SURE_TAG = re.compile(
    r"<(?:output_format|response_format|\w*schema|chat_?history|output_schema)>", re.IGNORECASE
)
# Tags to be filled, but HTML
_HTML = (
    r"(?:div|p|a|b|i|u|td|tr|th|li|ul|ol|em|hr|br|img|input|form|style|span|script|body|head|html|h\d"
    r"|table|button|strong|code|pre|t|k|string|int)"
)
_TAG_TEMPLATE = re.compile(
    rf"<(?!{_HTML}>)(?P<tag>[a-z_]{{1,30}})>(?:\.{{2,3}}|…|\[[^\]\n<]{{0,60}}\]"
    rf"|\{{[^}}\n<]{{0,60}}\}}|text|name)?</(?P=tag)>",
    re.IGNORECASE,
)
_OUT_TAG = re.compile(rf"<(?!{_HTML}[ />])[a-z_]{{2,30}} ?/?>", re.IGNORECASE)
_BEFORE_OUT_TAG = re.compile(
    r"\b(?:in|inside|into|within|between|return|emit|output|write|use|with|wrap\w*|put"
    r"|enclosed?)\b[^\n<]{0,40}\Z",
    re.IGNORECASE,
)
# What stands in a JSON template where a value is to come
_TYPE = (
    r"(?:string|str|integer|int|number|float|bool|boolean|array|list|null|any|true ?[|/] ?false|text|date)"
)
_HOLE = (
    rf"(?:\.{{2,3}}|…|\"\"|\"(?:\.{{2,3}}|…)\"|\[\"?(?:\.{{2,3}}|…)?|\"?{_TYPE}\b|\"?<"
    rf"|\"[^\"\n]{{0,40}}\|[^\"\n]{{0,40}}\"|\"your\b"
    r"|\[? ?\"\w{1,12} ?[1一]|\"(?:tag|问题|質問|pregunta|frage|query|question) ?\d?\"|,|\}|\[\{"
    r"|\{\"|\[\s*\"(?:question|query|tag)|\d\b)"
)
_JSON_TEMPLATE = re.compile(rf"[{{,\[]\s*\"(?P<key>[^\"\n]{{1,40}})\" ?: ?{_HOLE}", re.IGNORECASE)
_JSON_OBJECT = re.compile(r"\{\s*\"[^\"\n]{1,40}\" ?:|\[\s*\"[^\"\n]{0,40}\" ?,\s*\"|\[\.{2,3}")
# An order to return what follows
_BEFORE_JSON = re.compile(
    r"\b(?:return|respond|reply|output|answer|emit|write|produce|generate|give|provide|extract"
    r"|format|as json|json(?: format)?"
    r"|schema|validate?s?|object|instance|fill|gib|antworte|ausgabe|format|renvoie|r[ée]ponds"
    r"|extrais|devuelve|responde|extrae)\b"
    r"[^{}]{0,120}[\s:`]\Z|(?:出力|返し|返す|形式|输出|返回|格式|生成)[^{}]{0,60}\Z",
    re.IGNORECASE,
)
_SCHEMA = re.compile(r"\"(?:properties|required|type)\" ?: ?[\[{\"]")
_CHOICES = re.compile(
    r"\b[A-Z][A-Z_]{1,20}[\"'`]?(?:, ?[\"'`]?[A-Z][A-Z_]{1,20}[\"'`]?){0,6},? (?:or|oder"
    r"|ou|o|/|\|) [\"'`]?[A-Z][A-Z_]{1,20}\b"
)
# Words in capitals that are to be printed
_SENTINEL = re.compile(
    r"\b(?:[Pp]rint|[Rr]eturn|[Oo]utput|[Rr]eply|[Rr]espond|[Aa]nswer|[Ww]rite|[Ss]ay|[Ee]mit)(?:"
    r" with| exactly| only| just| the word| literally){0,3}"
    r" [\"'`<]?(?!JSON|YAML|CSV|SQL|HTML|XML|ONLY|NOT|ALL|YOUR|THE|EXCLUSIVELY|BRIEFLY)[A-Z][A-Z_]{2,}\b"
)
_CODE = re.compile(r"```.{0,4000}?(?:```|\Z)", re.DOTALL)


def without_code(text: str) -> str:
    """Return a text with a space for each fenced block."""
    return _CODE.sub(" ", text)


def demanded_shapes(text: str, *, is_system: bool) -> Iterator[tuple[str, int]]:
    """Yield the signs of what an answer must look like, each as reason and points."""
    yield from _actions(text, is_system=is_system)
    yield from _templates(text)
    if _SENTINEL.search(text, 0, 1500) or _SENTINEL.search(text, max(0, len(text) - 600)):
        yield TEMPLATE, 2 if is_system else 1
    if _CHOICES.search(text, 0, 1500) or _CHOICES.search(text, max(0, len(text) - 600)):
        yield TEMPLATE, 1


def _actions(text: str, *, is_system: bool) -> Iterator[tuple[str, int]]:
    tool_json = _TOOL_JSON if is_system else _ASKED_TOOL_JSON
    steps = {match["step"].lower() for match in _STEP.finditer(text)}
    if len(steps - {"code"}) > 1 or ("code" in steps and len(steps) > 1):
        yield ACTION, 3
    if tool_json.search(text) or _TOOL_TAG.search(text):
        yield ACTION, 3


def _templates(text: str) -> Iterator[tuple[str, int]]:
    if _TAG_TEMPLATE.search(text) or _SURE_TAG.search(text):
        yield TEMPLATE, 3
    elif any(
        _BEFORE_OUT_TAG.search(text, max(0, one.start() - 60), one.start())
        for one in islice(_OUT_TAG.finditer(text), _MOST)
    ):
        yield TEMPLATE, 2
    if "{" not in text and "[" not in text:
        return
    bare = without_code(text)
    template = _JSON_TEMPLATE.search(text)
    for match in islice(_JSON_OBJECT.finditer(bare), _MOST):
        if _BEFORE_JSON.search(bare, max(0, match.start() - 160), match.start()):
            yield TEMPLATE, 3 if template else 2
            return
    if template:
        yield TEMPLATE, 2 if template.start() < len(bare) and template[0] in bare else 1
    if len(_SCHEMA.findall(text)) > 1 or "(BaseModel)" in text or "model_validate" in text:
        yield PARSER, 2
