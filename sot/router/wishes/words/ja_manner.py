"""Japanese wishes about language and audience, and the end of earlier wishes."""

from __future__ import annotations

from ..language_names import CODES
from ..wish import WishPattern, rx
from .ja_orders import DE, END, ORDER, REPLY, gap, told
from .ja_words import SAYS

_ANY_FORM = (
    r"(?:json|yaml|csv|xml|表|一文|一言|箇条書きなし|詩|俳句|英語|短い回答|文字数制限|"
    r"(?:その|さっきの|先ほどの|前の|今までの)(?:指示|制限|ルール|形式|条件))"
)
_TALK = (
    "|".join(name for names in CODES.values() for name in names.split() if name.endswith("語")) + "|英文|中文"
)
_READERS = (
    r"(?:小学生|小学[1-6一二三四五六]年生|中学生|高校生|大学生|子供|子ども|こども|幼児|[1-9]\d?歳児|"
    r"[1-9]\d?歳の子(?:供|ども)?|(?:全くの|まったくの|完全な)?(?:初心者|素人|門外漢)|専門家|プロ|高齢者|お年寄り|"
    r"おばあちゃん|外国人|新入社員|経営者|上級者)"
)

MANNER = (
    WishPattern(
        "free",
        rx(
            rf"もう{_ANY_FORM}(?:形式)?(?:は|で|じゃ|を|に|の必要)?(?:し?なくて|やめて|終わり|不要|いら|いい|結構)",
            rf"{_ANY_FORM}(?:形式|で答えるの)?は(?:もう)?(?:やめて|終わり|忘れて|取り消|撤回|解除|なしで|いいので)",
            rf"(?:普通|通常|自由|いつも通り|いつもどおり|元)(?:の(?:形式?|書き方|スタイル|{REPLY}))?"
            rf"(?:に|で|通り|どおり){{1,2}}(?:{SAYS}|戻)",
            r"(?:好きな|自由な)(?:形式?|スタイル|長さ)で",
        ),
        sure=True,
    ),
    WishPattern(
        "language",
        rx(
            rf"(?P<value>{_TALK})(?:(?:のみ|だけ)?{DE}|に(?=翻訳|し|訳))(?:{END}|、|{gap(6)}(?!何|なん){ORDER})",
            rf"{REPLY}(?:言語)?(?:は|を|: ?)(?:必ず|すべて|常に|全て)?"
            rf"(?P<value>{_TALK})(?=で|のみ|だけ|と|に|{END})",
        ),
        sure=True,
    ),
    WishPattern(
        "audience",
        rx(
            rf"(?P<value>{_READERS})[にでが]も?[^。、?!\n]{{0,6}}?(?:わか|分か|解|理解|伝わ|読め)[るり]"
            r"(?:よう|やす|言葉|レベル|表現)",
            rf"(?P<value>{_READERS})(?:向け|むけ)[にで]{told(20)}",
            rf"(?P<value>{_READERS})に(?:話す|説明する|教える)(?:よう|つもり|感じ|みたい)",
        ),
        sure=True,
    ),
)
