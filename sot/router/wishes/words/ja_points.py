"""Japanese wishes about the points of a list: how many, how long, how marked."""

from __future__ import annotations

from ..wish import WishPattern, rx
from .ja_orders import DE, END, ORDER, TE_END, amount, by, gap, number, shaped, told, unwanted
from .ja_words import CHARACTERS, EACH, LISTS, ONE, SENTENCES

_POINTS = amount(
    r"(?:つ(?![子葉当])|個|点|件|選|項目|[ヶかカ]条|通り|種類|例|案|パターン|ステップ|冊|曲|作品|品(?![質種物揃目])|社(?=を|挙|教|紹)|[かヶカヵ箇](?:所|国(?![語籍])))(?!目|[つ条書])",
    "ひと|ふた|みっ|よっ|いつ|むっ|なな|やっ|ここの",
)
_THINGS = (
    r"(?:コツ|理由|方法|ポイント|(?:デ)?メリット|利点|欠点|長所|短所|効果|効能|影響|原因|要因|特徴|具体例|事例|例|"
    r"アイデア|アイディア|アドバイス|助言|提案|案|対策|対処法|解決策|解消法|健康法|勉強法|違い|共通点|手段|やり方|工夫|"
    r"ヒント|習慣|注意点|問題点|課題|リスク|魅力|楽しみ方|使い方|活用法|活用例|おすすめ|お勧め|ステップ|手順|観点|視点|"
    r"側面|要素|条件|事実|根拠|論点|スキル|役割|趣味|質問|候補|トピック|テーマ|項目|教訓|誤解|兆候|症状|サイン|秘訣|"
    r"裏技|裏ワザ|テクニック|ルール|原則|心得|本|映画|場所|レシピ|戦略|始め方|要点)"
)
_ALONE = rf"(?!{ONE}(?:つ(?!だけ|のみ)|[一-龠]{{1,2}}[1一]))"  # "ひとつ教えてください" is no number
_MARKED = (
    r"箇条書き|リスト|見出し|各|それぞれ|番号|[一1]つ|文で|文ずつ|行で|簡潔に|詳しく|短く|一言|付きで|語で"
)
_COUNTED = (
    r"(?!ずつ|[一1]つ|ひとつ|の|に(?:つ[きい])|あたり|当たり|ごと)"
    rf"(?=(?:だけ|のみ)?(?:に|{DE}|、| ){{0,2}}"
    rf"(?:{END}|(?:(?![一-龠][うくぐすつぬぶむる]|あ[るりっ]|った|いた|買)"
    rf"[^。?!\n]){{0,20}}?(?:{ORDER}|{_MARKED}|{_THINGS}{END})))"
)
_EVENLY = rf"(?:(?!{ONE}(?:つ|個|項目|点|件)){_POINTS}ずつ|(?:各|それぞれ|ともに){_POINTS})"

POINTS_ASKED = (
    WishPattern(
        "each_sentences",
        rx(
            rf"{EACH}{SENTENCES}(?!目)",
            rf"{SENTENCES}ずつ",
            r"(?P<n>一|1)言(?:ずつ|(?:コメント|説明|解説|メモ|感想)(?:を?(?:付|つけ|つき|添え)|ずつ))",
            rf"{SENTENCES}の(?:短い|簡単な|簡潔な)?(?:説明|解説|コメント|補足|理由)[をも]?(?:それぞれ|各々)?"
            r"(?:付|つけ|つき|添え)",
        ),
        sure=True,
    ),
    WishPattern(
        "each_sentences",
        rx(rf"{EACH}{ONE}(?:つの)?段落|{ONE}段落ずつ"),
        "paragraph",
        sure=True,
    ),
    WishPattern("each_words", rx(rf"{EACH}{CHARACTERS}", rf"{CHARACTERS}ずつ"), sure=True, per=2),
    WishPattern(
        "count",
        rx(
            rf"(?:(?:(?:{_THINGS}[をもは、で ]?|を)|(?:\A|(?<=[。!?\n(、:でにてくき ])|(?<=毎回)|(?<=必ず))"
            rf"{_ALONE})"
            rf"{_POINTS}|{_EVENLY})"
            rf"{_COUNTED}",
            rf"(?<!次の)(?<!この)(?<!下の)(?<!らの)(?<!上の){_POINTS}の[^。、?!\nのをでにがはと]{{0,8}}?{_THINGS}"
            rf"(?:は(?:\?|、|何|なに|なん)|(?:を(?!比|くら)|[にで]|から)(?:{_MARKED}|{gap(8)}{ORDER})|(?:から)?{END})",
            rf"{_POINTS}の{LISTS}[でにを]",
            rf"{number('n')}[人名]の[^。、?!\n]{{1,12}}?を(?:挙げ|紹介し|選ん|推薦し|列挙|教え){gap(4)}(?:て|して){TE_END}",
            rf"(?:ベスト|トップ|top|上位|ワースト) ?{number('n')}(?=[をは ]|で?{END}|教え|に絞|にまとめ)",
        ),
        sure=True,
    ),
    WishPattern(  # "良い点と悪い点を3つずつ": once more, for the other kind
        "count", rx(rf"(?<=[と・や])[^。?!\n、]{{1,12}}?を?{_EVENLY}{_COUNTED}"), sure=True
    ),
    WishPattern(
        "mark",
        rx(
            shaped(
                r"(?<!番号付きの)(?<!番号つきの)(?:[箇個]条書き?|かじょうがき|ブレットポイント)(?:リスト)?"
            ),
            rf"[箇個]条書き(?=\(?{number('number')})",
            by("[「\"']?[・•][」\"']?(?:付き|つき)?"),
        ),
        "bullets",
        sure=True,
    ),
    WishPattern(
        "mark",
        rx(
            r"(?<![一-龠ァ-ヶー])(?:通し)?番号(?:(?:付き|つき|順|入り)(?:の?(?:リスト|箇条書き|一覧))?[でに]|"
            rf"[をも]?(?:付け|つけ|振っ|ふっ)て){told()}",
            r"ナンバリングして",
            by(r"1[.、)] ?2[.、)] ?3[.、)…]? ?(?:\.{2,3}|…)?(?:の|という|のような)?(?:形式?|順番?|番号)?"),
        ),
        "numbers",
        sure=True,
    ),
    WishPattern(
        "mark",
        rx(
            r"見出し(?:[をも]?(?:付け|つけ|立て|使っ)て|付きで|つきで|ごとに|で分けて|に分けて)"
            rf"(?:{TE_END}|{told()})"
        ),
        "headings",
        sure=True,
    ),
    WishPattern(
        "mark",
        rx(
            shaped(r"プレーンテキスト|プレーンな(?:テキスト|文字)"),
            unwanted(r"(?:マークダウン|markdown)(?:記法)?|太字|装飾|アスタリスク"),
        ),
        "plain",
        sure=True,
    ),
    WishPattern("mark", rx(shaped(r"(?<![ァ-ヶー])リスト|一覧(?!表)")), "list", sure=True),
)
