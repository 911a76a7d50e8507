"""Japanese wishes about form, length, number, language and audience.

The wish stands before the verb in Japanese, so that each pattern looks itself for the order behind it.
"""

from __future__ import annotations

from ..wish import WishLanguage, rx
from .ja_form import FORM
from .ja_length import LENGTH
from .ja_manner import MANNER
from .ja_orders import ORDER, REPLY
from .ja_points import POINTS_ASKED
from .ja_words import LISTS, NUMBERS, SAYS

_NEVER = rx(r"(?!)")
_KINDS = (  # of turns: an order about one kind is not about every answer
    r"(?:挨拶|あいさつ|雑談|世間話|お礼|感謝|苦情|クレーム|冗談|(?:コード|プログラミング|プログラム|数学|計算|技術|医療|"
    r"法律|料理|比較|天気|英語|日本語|簡単|単純|難し|複雑|重要|長い|短い|専門|事実|個人)[^。、\n]{0,10}"
    r"(?:質問|問い|話題|相談|依頼|問題|内容|話))"
)

RULES = WishLanguage(
    numbers=NUMBERS,
    order=rx(ORDER),
    filler=_NEVER,
    asks=_NEVER,
    subject=_NEVER,
    negated=_NEVER,
    conditional=rx(
        r"場合|(?<!か)なら(?![ずな]|び)|[れしっ]たら|んだら|ときに?は|時に?は|際に?は|必要に応じ|適宜|適切な|可能な|"
        rf"{_KINDS}[^。、\n]{{0,4}}(?:に(?:は|対し|つい)|へは|への|では|は)|"
        r"できれば|たとえば|例えば|もよい|てもいい|ても構|または|もしくは|に応じて|など(?:を|で)|することがあ"
    ),
    standing=rx(
        r"これから|今後|以[後降]|いつも|常に|毎回|毎度|ずっと|この(?:会話|チャット|スレッド)|どんな質問|何を聞|次回?から|"
        rf"ここから|(?:すべて|全て|全部|全)の?(?:質問|{REPLY})|{REPLY}は?(?:すべて|全て|全部)|と言うまで|基本的に"
    ),
    order_only=rx(
        rf"\A(?:では|じゃあ|はい|すみません|あの|わかった|了解)?[、。 ]?(?:{REPLY}[はを])?"
        rf"(?:(?!について|とは|に関し)[^、。?!\nはをが]){{1,16}}[でにく]、?{SAYS}[^?\n]{{0,40}}\Z",
        rf"\A(?:{LISTS}|説明|前置き|マークダウン|markdown)[はを]?(?:使わ|し|やめ|避け|禁止|なし|不要|いら)[^?\n]{{0,40}}\Z",
        rf"\A{REPLY}[はを][^?\n]{{1,40}}\Z",
    ),
    continues=rx(
        r"\A(?:では|じゃあ?|それでは|それなら|次[はに]|今度は|また|あと|それと|逆に|ちなみに)"
        r"(?:(?!何|なに|なん[でだ]|どんな|どれ|どの|どこ|どちら|なぜ|どうし|どうす|どうや|いつ|誰|[をが](?:教|知|説|挙|まとめ))"
        r"[^\n。?]){0,24}[?。!]?\Z",
        r"\A(?:同じ|同様に|さっきと同じ|引き続き)[^\n]{0,40}\Z",
        r"\A[^\n、。?の]{1,8}(?:は|なら|の場合は)\?\Z",
    ),
    patterns=(*FORM, *LENGTH, *POINTS_ASKED, *MANNER),
)
