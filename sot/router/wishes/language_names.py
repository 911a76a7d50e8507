"""Names of languages, as wishes write them."""

from __future__ import annotations

CODES = {
    "en": "english englisch anglais inglés ingles inglese inglês 英語 英语 英文",
    "de": "german deutsch allemand alemán aleman tedesco alemão ドイツ語 德语 德文 德語",
    "fr": (
        "french französisch franzoesisch français francais francés frances "
        "francese francês フランス語 法语 法文 法語"
    ),
    "es": (
        "spanish spanisch espagnol español espanol castellano spagnolo "
        "espanhol スペイン語 西班牙语 西班牙文 西班牙語"
    ),
    "it": "italian italienisch italien italiano イタリア語 意大利语 意大利文 意大利語",
    "pt": (
        "portuguese portugiesisch portugais portugués português portugues "
        "portoghese ポルトガル語 葡萄牙语 葡萄牙文 葡萄牙語"
    ),
    "nl": (
        "dutch niederländisch holländisch néerlandais neerlandés holandés olandese オランダ語 荷兰语 荷蘭語"
    ),
    "sv": "swedish schwedisch suédois sueco svedese スウェーデン語 瑞典语",
    "da": "danish dänisch danois danés danese デンマーク語 丹麦语",
    "no": "norwegian norwegisch norvégien noruego norvegese ノルウェー語 挪威语",
    "fi": "finnish finnisch finnois finlandés finlandese フィンランド語 芬兰语",
    "pl": "polish polnisch polonais polaco polacco ポーランド語 波兰语",
    "cs": "czech tschechisch tchèque checo ceco チェコ語 捷克语",
    "tr": "turkish türkisch turc turco トルコ語 土耳其语",
    "ro": "romanian rumänisch roumain rumano ルーマニア語 罗马尼亚语",
    "hu": "hungarian ungarisch hongrois húngaro ungherese ハンガリー語 匈牙利语",
    "vi": "vietnamese vietnamesisch vietnamien vietnamita ベトナム語 越南语 越南語",
    "id": "indonesian indonesisch indonésien indonesio インドネシア語 印尼语",
    "ja": "japanese japanisch japonais japonés japones giapponese japonês 日本語 日语 日文 日語",
    "zh": (
        "chinese mandarin chinesisch chinois mandarín chino cinese chinês "
        "中国語 中文 汉语 简体中文 繁體中文 繁体中文 漢語"
    ),
    "ko": "korean koreanisch coréen coreano 韓国語 韩语 韩文 韓語 韓文",
    "ru": "russian russisch russe ruso russo ロシア語 俄语 俄文 俄語",
    "uk": "ukrainian ukrainisch ukrainien ucraniano ucraino ウクライナ語 乌克兰语",
    "ar": "arabic arabisch arabe árabe arabo アラビア語 阿拉伯语 阿拉伯語",
    "hi": "hindi ヒンディー語 印地语",
    "th": "thai thailändisch thaï tailandés thailandese タイ語 泰语 泰文 泰語",
    "el": "greek griechisch grec griego greco ギリシャ語 希腊语 希臘語",
    "he": "hebrew hebräisch hébreu hebreo ebraico ヘブライ語 希伯来语",
    "bn": "bengali ベンガル語 孟加拉语",
    "la": "latin latein latín latino ラテン語 拉丁语 拉丁語",
    "eo": "esperanto エスペラント 世界语",
}
_BY_NAME = {name: code for code, names in CODES.items() for name in names.split()}


def language_code(name: str) -> str | None:
    """Return the ISO 639 code of a language by its lower-case name; ``None`` where it is unknown."""
    return _BY_NAME.get(name)
