"""Wishes in Japanese: what is one, what only looks like one, and for how long it holds."""

from __future__ import annotations

import pytest
from rows import rows

from sot.prompting.plan import Span
from sot.router.wishes import Wishes, read_wishes
from sot.types import Message, Role


def wishes(*turns: str | tuple[Role, str]) -> Wishes:
    """Read a conversation's wishes; plain strings are the user's and the assistant's turns by turns."""
    texts = [turn for turn in turns if isinstance(turn, str)]
    roles: tuple[Role, Role] = ("user", "assistant")
    messages = [Message(*turn) for turn in turns if not isinstance(turn, str)]
    return read_wishes(messages + [Message(roles[i % 2], text) for i, text in enumerate(texts)])


FORMS = [
    ("猫を飼うメリットをJSONで返して", "json"),
    ("JSONで、早起きの利点を教えてください。", "json"),
    ("早起きの利点は？（JSON形式で）", "json"),
    ("早起きの利点を教えて。出力形式：YAML", "yaml"),
    ("登山の持ち物を教えて。CSVのみで。", "csv"),
    ("登山の持ち物をＪＳＯＮ配列として出力せよ。", "json"),
    ("HTMLで登山の注意点をまとめてもらえますか？", "html"),
    ("登山の魅力をXMLで出力していただけますか", "xml"),
    ("ラテとカプチーノの違いを比較表にしてほしい", "table"),
    ("ラテとカプチーノの違いを一覧表にまとめてくれる？", "table"),
    ("表で 都会と田舎の違い", "table"),
    ("都会と田舎の違いを教えて、表形式希望です", "table"),
    ("都会と田舎を比べた表を作ってください", "table"),
    ("海の魅力を俳句で表現して！", "poem"),
    ("海の魅力をラップ調で教えて", "poem"),
    ("お世話になった先生にお礼の手紙を書いてください", "poem"),
    ("早起きの利点を会話形式で説明して", "poem"),
    ("早起きの利点を箇条書きにせずに説明してください。", "prose"),
    ("早起きの利点を教えて。箇条書きは禁止。", "prose"),
    ("箇条書きではなく文章で、早起きの利点をお願いします", "prose"),
    ("早起きの利点を教えて。リストや見出しは使わないでね", "prose"),
    ("早起きの利点をひとつの段落にまとめて", "prose"),
    ("早起きの利点を段落一つで", "prose"),
    ("都会と田舎を比べて、表にしてくれると助かります", "table"),
    ("都会と田舎の違いを表でまとめてもらっていい？", "table"),
    ("友達への誕生日メッセージを書いて", "poem"),
    ("早起きの利点を流れるような文章でお願い", "prose"),
    ("早起きの利点をPythonのリストで返して", "code"),
    ("睡眠の流れをフローチャートで示してください", "code"),
]


@rows(("question", "form"), FORMS)
def test_form_asked_for_means_normal_decoding(question: str, form: str):
    found = wishes(question)
    assert found.form == form
    assert found.against_points() is not None


SHORT = [
    "瞑想の効果を二文でまとめて",
    "瞑想の効果を3行以内で教えてください",
    "三行で瞑想の効果を説明して",
    "瞑想の効果は？（１文で）",
    "瞑想の効果は？1〜2文でお願いします。",
    "瞑想の効果をワンセンテンスで。",
    "瞑想の効果を説明して。最大2文まで。",
    "瞑想の効果を百字以内で述べよ。",
    "瞑想の効果を200文字程度で要約してもらえますか？",
    "100字くらいで、瞑想の効果を教えて",
    "瞑想の効果をひとことで表現して",
    "瞑想の効果を一言で言うと？",
    "瞑想は体にいい？はいかいいえで答えて",
    "日本で一番高い山は？名前だけ教えて",
    "瞑想の一番の効果は何ですか。結論だけでいいです。",
    "瞑想の効果は？説明は不要です、単語一つで。",
    "瞑想の効果をできるだけ短く答えてください",
    "瞑想の効果を一つだけ教えて",
    "日本で一番長い川は？答え以外は何も書かないで",
    "日本で一番長い川は？余計なことは言わないでください。",
    "一番近い駅は？駅名だけ教えて",
]


@rows("question", SHORT)
def test_length_without_room_for_points_means_normal_decoding(question: str):
    assert wishes(question).against_points() is not None


def test_two_characters_count_as_one_word():
    assert wishes("瞑想の効果を400字以内で説明してください").words == Span(None, 200)


SUBJECTS = [
    "JSONで設定ファイルを書く利点を教えてください。",
    "JSONとYAMLの違いを教えて",
    "JSONを返すAPIの設計のコツは？",
    "JSONについて教えて",
    "表にまとめるコツを教えて",
    "発表で緊張しないコツを教えてください",
    "代表で選ばれるための方法を教えて",
    "なぜ上司は資料を表にまとめてと言うのですか？",
    "詩を書くコツを教えて",
    "俳句で季語を使う理由は？",
    "メールで謝罪するときのコツを教えてください",
    "会話で相手を楽しませる方法を教えて",
    "お礼の手紙を書いてから送るまでの注意点は？",
    "箇条書きを使う利点は何ですか？",
    "箇条書きなしのレポートの書き方のコツは？",
    "読みやすい文章を書く方法は？",
    "文章で気持ちを伝えるコツを教えて",
    "400字の作文を書くコツは？",
    "一言で相手の心をつかむコツを教えて",
    "三文小説の魅力は？",
    "説明不要なデザインの条件は？",
    "140字の投稿で人を引きつけるコツは？",
    "3分でできる朝食のアイデアを教えて",
    "2人暮らしのメリットを教えて",
    "テストで100点を取るコツを教えて",
    "トップ10に入る大学を目指す方法は？",
    "英語で仕事をするメリットを教えて",
    "りんごが3個、みかんが2個あります。果物を食べる利点は？",
    "結論から話すメリットを教えて",
    "短い文章を書くメリットは？",
    "ひとつ教えてください。早起きの利点は何ですか？",
    "5カ国語を話せるようになる方法は？",
    "名前だけの役員を置くメリットは？",
    "3人の子供を育てるコツは？",
    "軽く運動する効果は？",
    "短く切った髪の手入れの方法は？",
]


@rows("question", SUBJECTS)
def test_words_of_a_subject_are_no_wish(question: str):
    found = wishes(question)
    assert found.against_points() is None
    assert found == Wishes()


COUNTS = [
    ("早起きのコツを五つ教えて", Span(5, 5)),
    ("早起きのコツ7選", Span(7, 7)),
    ("早起きする理由を３つ挙げてください。", Span(3, 3)),
    ("早起きの3つのコツは？", Span(3, 3)),
    ("四つの観点から早起きを説明して", Span(4, 4)),
    ("早起きのコツを知りたい。みっつでいいです", Span(3, 3)),
    ("早起きのコツを教えて（5個）", Span(5, 5)),
    ("おすすめの朝食ベスト3を教えて", Span(3, 3)),
    ("早起きのコツを3〜5個ください", Span(3, 5)),
    ("早起きのコツを最低4つ挙げて", Span(4, None)),
    ("早起きの要点を3点にまとめて", Span(3, 3)),
    ("早起きの利点と欠点を3つずつ教えて", Span(6, 6)),
    ("早起きの利点を2つ、欠点を3つ挙げてください", Span(5, 5)),
    ("名前の案を10案出して", Span(10, 10)),
    ("6名の有名な画家を挙げてください", Span(6, 6)),
    ("おすすめの国を4カ国教えて", Span(4, 4)),
    ("三つの箇条書きで、早起きの利点を教えて", Span(3, 3)),
    ("早起きの本を3冊、1冊1行で紹介して", Span(3, 3)),
]


@rows(("question", "count"), COUNTS)
def test_number_of_points(question: str, count: Span):
    found = wishes(question)
    assert found.count == count
    assert found.against_points() is None


EACH = [
    ("早起きのコツを3つ、各1文で教えて", Span(1, 1)),
    ("早起きのコツを3つ。それぞれ二文で説明して。", Span(2, 2)),
    ("早起きのコツを3つ、1項目につき1〜2文で", Span(1, 2)),
    ("早起きのコツを一文ずつ教えてください", Span(1, 1)),
    ("早起きのコツを挙げて。各項目は2文以内にしてください。", Span(None, 2)),
    ("早起きのコツを一文の説明付きで5つ", Span(1, 1)),
    ("早起きの本を3冊、1冊1行で紹介して", Span(1, 1)),
    ("早起きの本を3冊、一言コメント付きで", Span(1, 1)),
]


@pytest.mark.parametrize(("question", "sentences"), EACH)
def test_sentences_of_each_point(question: str, sentences: Span):
    found = wishes(question)
    assert found.each_sentences == sentences
    assert found.against_points() is None


def test_characters_of_each_point_are_words_of_each_point():
    found = wishes("早起きのコツを4つ、それぞれ40字以内で")
    assert (found.count, found.each_words) == (Span(4, 4), Span(None, 20))
    assert found.against_points() is None


MARKS = [
    ("早起きのコツを箇条書きで", "bullets"),
    ("箇条書きで早起きのコツをまとめて", "bullets"),
    ("早起きのコツを教えて。箇条書きにしてもらえる？", "bullets"),
    ("早起きのコツを番号付きリストで挙げて", "numbers"),
    ("早起きのコツに番号を振って並べてください", "numbers"),
    ("早起きの手順を教えて。1. 2. 3. の形式で。", "numbers"),
    ("見出しを付けて早起きのコツを説明して", "headings"),
    ("早起きのコツを教えて。マークダウンは使わないで。", "plain"),
]


@pytest.mark.parametrize(("question", "mark"), MARKS)
def test_mark_of_the_points(question: str, mark: str):
    found = wishes(question)
    assert found.mark == mark
    assert found.against_points() is None


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("早起きの利点をドイツ語で教えて", "de"),
        ("早起きの利点は？回答は中国語でお願いします", "zh"),
        ("英語で、早起きの利点を説明してください", "en"),
    ],
)
def test_language_of_the_answer(question: str, language: str):
    assert wishes(question).language == language


@pytest.mark.parametrize(
    ("question", "length"),
    [
        ("早起きの利点を簡潔に教えて", "short"),
        ("早起きの利点を簡単に説明してください", "short"),
        ("早起きの利点を教えて。短めでお願いします。", "short"),
        ("早起きの利点は？長くならないようにお願いします", "short"),
        ("早起きの利点をかいつまんで教えて", "short"),
        ("早起きの利点をできるだけ簡潔に教えて", "short"),
        ("早起きの利点は？短い回答でいいです", "short"),
        ("早起きの利点を詳しく解説してください", "long"),
        ("早起きの利点をできるだけ詳しくお願いします", "long"),
    ],
)
def test_length_of_points(question: str, length: str):
    found = wishes(question)
    assert found.length == length
    assert found.against_points() is None


def test_audience():
    assert wishes("早起きの利点を中学生でもわかるように説明して").audience == "中学生"


@pytest.mark.parametrize(
    "prompt",
    [
        "あなたは親切なアシスタントです。回答はすべてYAML形式で出力してください。",
        "あなたは俳句で答えるボットです。",
        "常に二文以内で回答すること。",
        "箇条書きは使用せず、文章で回答してください。",
        "リスト形式での回答は避けてください。",
        "質問には一文で答えてください。",
    ],
)
def test_order_of_the_system_prompt_holds(prompt: str):
    assert wishes(("system", prompt), "早起きの利点は何ですか？").against_points() is not None


@pytest.mark.parametrize(
    "prompt",
    [
        "あなたは料理に詳しいアシスタントです。",
        "ユーザーに表を求められた場合は、表で答えてください。",
        "必要に応じて表にまとめてください。",
        "挨拶には一言で返してください。",
        "簡単な質問には一文で答えてください。",
    ],
)
def test_condition_of_the_system_prompt_is_no_wish(prompt: str):
    assert wishes(("system", prompt), "早起きの利点は何ですか？").against_points() is None


@pytest.mark.parametrize(
    "turns",
    [
        ("今後は必ず一文で答えてください。", "はい。", "早起きの利点は何ですか？"),
        ("JSONで返してください。", "はい。", "早起きの利点は何ですか？"),
        ("富士山の魅力は？これからの回答は全部表でお願い", "…", "早起きの利点は何ですか？"),
        ("犬を飼う利点を表で教えて", "| |", "では猫は？"),
        ("犬を飼う利点を表で教えて", "| |", "じゃあ猫も"),
        ("犬を飼う利点を表で教えて", "| |", "同じ形式で猫の利点も教えて"),
    ],
)
def test_order_of_an_earlier_turn_holds_on(turns: tuple[str, ...]):
    assert wishes(*turns).against_points() is not None


@pytest.mark.parametrize(
    "turns",
    [
        ("富士山の高さを一言で教えて", "3776m", "富士山に登るときの注意点は何ですか？"),
        ("琵琶湖の広さは？数字だけで。", "670", "では、琵琶湖で遊ぶには何を準備すればいい？"),
        ("犬の寿命を一言で教えて", "15年", "あと、犬を飼うときの注意点はなんですか？"),
        ("犬の利点をJSONで教えてください。", "{}", "猫を飼う前に考えることは何ですか？"),
        ("いつも一文で答えて", "はい。", "もう一文でなくていいです。早起きの利点を教えて"),
        ("これからは表で答えて", "はい。", "表はやめて、普通に答えてください。早起きの利点は？"),
        ("今後は文章だけで答えて", "はい。", "今回は箇条書きでお願いします。早起きの利点は？"),
    ],
)
def test_wish_of_an_earlier_turn_is_over(turns: tuple[str, ...]):
    assert wishes(*turns).against_points() is None


@pytest.mark.parametrize(
    "turns",
    [
        ("これからは必ず4つのポイントで答えて", "はい。", "早起きの利点は何ですか？"),
        ("毎回四点に絞って回答してください。", "はい。", "早起きの利点は何ですか？"),
        (("system", "回答は必ず4つの要点にまとめてください。"), "早起きの利点は何ですか？"),
    ],
)
def test_number_of_points_of_every_answer(turns: tuple[str | tuple[Role, str], ...]):
    assert wishes(*turns).count == Span(4, 4)
