"""Japanese wishes about the length of the whole answer."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .ja_orders import END, ORDER, REPLY, gap, number, shaped, sized, told, unwanted
from .ja_words import CHARACTERS, SAYS, SENTENCES

LENGTH = (
    WishPattern(
        "length",
        rx(
            shaped(
                r"(?<![一-龠])(?:[一1][言語]|ひと言|ひとこと|[一1]単語)|(?:単語|漢字)(?:[一1]つ|ひとつ|[一1]文?字)|"
                r"140字|今北産業|tl;?dr"
            ),
            r"(?:一言|ひとこと|ひと言)で(?:言う|いう|言え|いえ|言った|表す)(?:と|ば|なら)(?!」)|要するに、?(?:何|どう)",
            r"(?:(?:はい|yes|○|イエス)[」\"']?(?:か|または|/|or|、)[「\"']?(?:いいえ|no|×|ノー)[」\"']?"
            r"(?:か|のみ|だけ)?[でを]|(?:結論|答え|解答|正解|結果|数字|数値|名前|番号|タイトル|値|単語|名称|式|金額|[一-龠]{1,2}名)"
            r"(?:だけ|のみ)[でを]?|(?:ごく|とても|非常に|超|極力|とにかく|できるだけ|できる限り|なるべく|可能な限り)"
            rf"(?:短く|手短に|短めに)|{REPLY}は(?:ごく|極めて)短く)(?:{told(10)}|{gap(6)}(?:出し|返し)て)",
            unwanted(
                r"説明|解説|途中式|計算過程|過程|(?:余計|余分)な(?:説明|こと|言葉|文)|"
                r"(?:答え|結果|結論|解答|名前|数字|単語|それ|これ)以外(?:のこと|の(?:文字|文章?|説明|言葉))?"
            ),
        ),
        "one",
        sure=True,
    ),
    WishPattern("sentences", rx(sized(SENTENCES)), sure=True),
    WishPattern("words", rx(sized(CHARACTERS)), sure=True, per=2),
    WishPattern(
        "length",
        rx(
            r"(?:(?:簡潔に|手短に|短く|短めに|端的に|ざっくり|さくっと|サクッと|さっと|さらっと|ざっと|軽く|かいつまんで|コンパクトに|短めで|長くならないように|長すぎないように|"
            rf"(?:要点|ポイント|概要)(?:だけ|のみ)を?|(?:短い|短めの|簡潔な)(?:文章?|言葉|説明|{REPLY})[でを])(?:と|、)?|簡単に(?=、|{SAYS}|{END}))"
            rf"(?:{END}|{gap(12)}{ORDER})",
        ),
        "short",
        sure=True,
    ),
    WishPattern(
        "length",
        rx(
            r"(?:詳しく|くわしく|詳細に|細かく|じっくり|網羅的に|徹底的に|長めに|長く(?!な|しな)|たっぷり|深く|掘り下げて)"
            rf"(?:{told(12)}|(?={number('number')}))",
            rf"詳細な(?:{REPLY}|説明|解説)[をで]{gap(4)}{ORDER}",
        ),
        "long",
        sure=True,
    ),
)
