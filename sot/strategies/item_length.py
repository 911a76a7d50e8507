"""Length of the answers to given items, by the words of the instruction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from ..options import Options
from ..prompting.plan import Plan

_PER_WORD, _PER_SENTENCE, _PER_PARAGRAPH, _PER_POINT = 2, 60, 200, 80  # tokens
_LONG_TIMES = 3  # of ``max_point_tokens``: an answer in detail, a letter
_SPARE = 32
_PER_ITEM_TOKEN = 3  # a translation may have twice as many tokens as its original, and a short one more
_LEAST = 16  # tokens of the shortest answer

_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|several|a few|some|multiple|\d+)"
_PARAGRAPHS = re.compile(
    rf"(?P<n>{_COUNT})[ -](?:\w+ )?paragraphs?|(?P<ja>[2-9二三四五])(?:つの)?(?:段落|パラグラフ|段)",
    re.IGNORECASE,
)
_LONG = re.compile(
    r"\b(?:letters?|e-?mails?|stor(?:y|ies)|essays?|recipes?|dialog(?:ue)?s?|speech(?:es)?|articles?|repl(?:y|ies)"
    r"|blog posts?|instructions|in (?:detail|depth|full)|detailed|thorough(?:ly)?|step[ -]by[ -]step)\b"
    r"|手紙|メール|返信|物語|小説|作文|レシピ|会話|記事|詳し|詳細|信件|邮件|郵件|故事|文章|食谱|食譜|对话|對話|详细|詳細",
    re.IGNORECASE,
)
_ITEMS = r"(?:words|sentences|terms|phrases|items|names|titles|questions|numbers|expressions)"
_LINES = re.compile(
    rf"\b(?:(?<!this )(?<!the )(?<!following )lists?|bullets?|bulleted|numbered|paragraphs?|lines|steps?"
    rf"|stanzas?|verses?|poems?|haikus?|limericks?|jokes?|riddles?|tables?|headings?|code|examples"
    rf"|{_COUNT} (?!{_ITEMS})(?:\w+[ -])?(?!{_ITEMS})\w{{2,}}s)\b"
    r"|箇条書き|リスト|段落|[\d二三四五六七八九数複]行|手順|俳句|詩|[2-9二三四五六七八九]つ(?!の(?:文|語|単語))"
    r"|列表|列出|列举|列舉|步骤|步驟|[几幾两兩三四五\d]段|诗|笑话|笑話"
    r"|[2-9两兩三四五六七八九](?:个|個|种|種|条|條|点|點)(?!词|詞|单词|單詞|句)",
    re.IGNORECASE,
)
_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: number for number, word in enumerate(_WORDS, 2)}


@dataclass(frozen=True, slots=True)
class ItemLength:
    """Length that an instruction asks for in the answer to each of its items.

    Args:
        instruction: The request without its list.
        plan: The asker's wishes.
    """

    instruction: str
    plan: Plan

    @property
    def several_lines(self) -> bool:
        """Whether an answer may well have several lines, or paragraphs."""
        plan = self.plan
        long = plan.length == "long" or plan.count is not None or plan.sentences is not None
        return long or bool(_LINES.search(self.instruction) or _LONG.search(self.instruction))

    def wanted(self, options: Options, tokens: float) -> int:
        """Return the most completion tokens of an answer, where nothing else limits it.

        Args:
            options: The caller's settings.
            tokens: About how many tokens the item has.
        """
        most = max(options.max_point_tokens, self._asked(options), ceil(_PER_ITEM_TOKEN * tokens))
        return min(options.max_tokens, most)

    def _asked(self, options: Options) -> int:
        plan = self.plan
        sizes = [0]
        for span, per_unit in (
            (plan.words, _PER_WORD),
            (plan.words_in_all, _PER_WORD),
            (plan.sentences, _PER_SENTENCE),
            (plan.count, _PER_POINT),
        ):
            if span is not None:
                sizes.append(per_unit * (span.high or 2 * (span.low or 0)) + _SPARE)
        if found := _PARAGRAPHS.search(self.instruction):
            sizes.append(_PER_PARAGRAPH * _number(found["n"] or found["ja"]))
        if plan.length == "long" or _LONG.search(self.instruction):
            sizes.append(_LONG_TIMES * options.max_point_tokens)
        return max(sizes)


def least_tokens(tokens: float) -> int:
    """Return how many tokens the answer to an item of so many needs at least."""
    return max(_LEAST, ceil(tokens))


def _number(word: str) -> int:
    word = word.lower()
    if word.isdecimal():
        return int(word)
    return _NUMBERS.get(word, "一二三四五".find(word) + 1 or 3)
