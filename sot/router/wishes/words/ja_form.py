"""Japanese wishes for an answer in one piece of some form."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .ja_orders import DE, END, MAKE, ORDER, gap, shaped, unwanted
from .ja_words import EACH, LISTS

_DATA = r"(?<![a-z])(?P<value>jsonl|json|ndjson|yaml|yml|csv|tsv|xml|html|xhtml|toml|latex|svg)(?![a-z])"
_TABLE = (
    r"(?:(?<![一-龠])|(?<=全部)|(?<=毎回)|(?<=[今以]後)|(?<=全て))"
    r"(?:(?:一覧|比較|対照|対比|早見)?表(?:組み?)?|[2二3三]列の表)|マトリックス|テーブル"
)
_CODE = (
    r"コードブロック|(?:python|javascript|java|sql)の?(?:コード|リスト|辞書|関数)|mermaid(?:記法)?|フローチャート|"
    r"マインドマップ|アスキーアート|正規表現|(?<![ァ-ヶー])コード(?=だけ|のみ)"
)
_PROSE = (
    r"散文|(?<!短い)(?<!簡単な)文章(?:体|形式)?|地の文|(?<![一-龠0-9])段落(?:形式)?|[ベべ][タた]書き|エッセイ形式|"
    rf"(?:{EACH}(?P<each>))?(?:[一二三123]|ひと|ワン)(?:つの)?(?:段落|パラグラフ)(?:以内|程度)?|(?<![一-龠])段落(?:[一1]つ|ひとつ)"
)
_WORK = (
    r"(?<![ァ-ヶー])(?:詩|ポエム|俳句|短歌|川柳|都々逸|五七五|ラップ|歌詞|物語|小説|短編|ショートストーリー|童話|昔話|"
    r"おとぎ話|寓話|台本|脚本|漫才|コント|落語|ジョーク|ツイート|キャッチコピー|スローガン|なぞなぞ|独白|モノローグ|"
    r"エッセイ|随筆|作文|小論文|プレスリリース|社説|演説|電報)"
)
_LETTER = (
    r"(?:手紙|e?メール|会話|対話|スピーチ|歌|記事|日記|招待状|推薦文|紹介文|"
    r"(?<!エラー)メッセージ|あいさつ文|挨拶文|お?礼状|案内文|謝罪文|祝辞|弔辞)"
)

FORM = (
    WishPattern("form", rx(shaped(_DATA), rf"[カコ]ンマ区切り{DE}"), "csv", sure=True),
    WishPattern("form", rx(shaped(_TABLE)), "table", sure=True),
    WishPattern("form", rx(shaped(_CODE)), "code", sure=True),
    WishPattern("form", rx(shaped(_PROSE), unwanted(LISTS)), "prose", sure=True),
    WishPattern(
        "form",
        rx(
            shaped(_WORK),
            rf"{_LETTER}(?:(?:の?形式?|風|調|仕立て|文|スタイル)(?:で|に)|に)(?:{END}|、|{gap(4)}{ORDER})",
            rf"{_LETTER}を(?:[一1]?[つ通本])?{gap(4)}{MAKE}",
        ),
        "poem",
        sure=True,
    ),
)
