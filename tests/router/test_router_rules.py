"""The rules router: what it chooses for questions of our own making, in three languages."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from rows import rows

from sot.router import Router, RulesRouter
from sot.router.rules.en import RULES as EN
from sot.router.rules.ja import RULES as JA
from sot.router.rules.zh import RULES as ZH
from sot.strategies import strategy_names
from sot.types import Message, Role, Route


def route(*turns: str | tuple[Role, str]) -> Route:
    """The route of a conversation; plain strings are the user's and the assistant's turns by turns."""
    roles: tuple[Role, Role] = ("user", "assistant")
    messages = [
        Message(roles[i % 2], turn) if isinstance(turn, str) else Message(*turn)
        for i, turn in enumerate(turns)
    ]
    return asyncio.run(RulesRouter().route(messages))


SKELETON = [
    "What are some tips for keeping a small garden alive in summer?",
    "How can I get better at remembering people's names?",
    "Give me five reasons to learn the cello as an adult.",
    "What are the advantages and disadvantages of living on a boat?",
    "Compare renting a flat with buying one.",
    "How does moving house often affect children?",
    "What should I consider before adopting a parrot?",
    "Explain the main causes of traffic jams in old towns.",
    "Why do people collect stamps?",
    "Why is handwriting still important?",
    "What makes a good neighbour?",
    "Discuss the role of bees in farming.",
    "What is the difference between a viola and a violin?",
    "How do I make friends in a new city?",
    "how to stay awake on night shifts",
    "Can you suggest ways to use less plastic at home?",
    "I need advice: my flatmate never washes up.",
    "Which factors decide the price of olive oil?",
    "How can I write better code?",
    "Pros and cons of electric bikes?",
    "夜勤のあとによく眠るコツを教えてください。",
    "一人暮らしのメリットとデメリットは何ですか？",
    "ピアノとオルガンの違いを説明して",
    "人前で緊張しないためにはどうすればいいですか？",
    "なぜ睡眠は大切なのですか？",
    "猫を飼う前に注意点はありますか",
    "養蜂を始めるにはどうしたらいいですか",
    "怎样才能养成早起的习惯？",
    "住在乡下有哪些优点和缺点？",
    "为什么保护湿地很重要？",
    "请给我一些学大提琴的建议",
    "骑车上班和坐地铁上班有什么区别？",
    "如何提高團隊的溝通效率？",
    "養貓有什麼好處？",
    "What are effective study habits for medical students?",
    "How should I prepare for a marathon?",
    "What are the health effects of drinking too much coffee?",
    "Describe the key features of Gothic architecture.",
    "How can small shops compete with online stores?",
    "What should you look for when buying a used car?",
    "Is it better to work from home or at the office?",
    "Suggest some hobbies for retired people.",
    "What do employers look for in a candidate?",
    "What are common mistakes people make when investing?",
    "How has the smartphone changed family life?",
    "What can cities do to reduce noise?",
    "Explain why biodiversity matters.",
    "My cat scratches the sofa. What can I do?",
    "Things to do in Porto on a rainy weekend",
    "How do I become more confident at parties?",
    "What skills does a project manager need?",
    "Tell me about the benefits of meditation",
    "I'm nervous about my job interview. Any tips?",
    "What were the causes of the fall of the Roman Empire?",
    "子どもの集中力を高める方法は？",
    "在宅勤務の課題について教えて",
    "新入社員が気をつけるべきことは？",
    "地方移住を考えています。どんなことを準備すればいいですか",
    "怎么缓解工作压力？",
    "第一次养狗要注意什么？",
    "人工智能对教育有什么影响？",
    "选大学专业应该考虑哪些因素",
]
COT = [
    "A farmer has 17 sheep and buys 25 more. How many are there?",
    "What is 38 * 27?",
    "12 + 30 / 4 = ?",
    "Solve 3x - 7 = 20.",
    "Calculate the area of a triangle with base 6 and height 9.",
    "A tram leaves at 9:10 and arrives at 10:45. How long is the ride?",
    "Mia is taller than Jo, and Jo is taller than Kim. Who is the shortest?",
    "All glimps are brown and all brown things float. Do all glimps float? Can we conclude that?",
    "How many days are there between 3 March and 9 May?",
    "How many times does the letter e occur in nevertheless?",
    "Roughly how many piano lessons are given in Vienna every day?",
    "How many golf balls would fit in a school bus?",
    "What is 15% of 240?",
    "What number comes next: 2, 6, 18, 54?",
    "If 4 painters need six days, how long do 3 painters need?",
    "What is the probability of rolling two sixes with 2 dice?",
    "りんごが12個あります。5個食べると何個残りますか？",
    "時速60kmで2時間半走ると何km進みますか",
    "x+5=12の方程式を解いてください",
    "二次方程式 x^2-5x+6=0 を解いて",
    "東京には自動販売機がおよそ何台ありますか、見積もってください",
    "小明有15个苹果，给了弟弟6个，还剩多少个？",
    "一列火车每小时行80公里，3小时行多少公里？",
    "计算 25×16 的值",
    "甲说谎，乙说真话，谁在说谎？",
    "解方程 2x+3=11",
    "There are 5 red and 7 blue marbles in a bag. What is the chance of drawing a red one?",
    "Tom has twice as many stamps as Ann. Together they have 36. How many does Ann have?",
    "If today is Tuesday, what day will it be in 100 days?",
    "What is the square root of 529?",
    "Is 221 a prime number?",
    "A shirt costs 40 euros and is reduced by 15%. What is the new price?",
    "How many handshakes happen if 10 people all shake hands?",
    "How many litres of water does a family use per year?",
    "Convert 72 km/h to m/s.",
    "一辆车以60公里的时速行驶了两个半小时，走了多远？",
    "3と5の最小公倍数は？",
    "兄は弟より4歳年上で、二人の年齢の合計は20歳です。弟は何歳ですか。",
    "鸡兔同笼，共有头35个，脚94只，鸡和兔各有多少只？",
    "2+2",
    "Ed is Rita's brother, and Rita is Sven's mother. What is Ed to Sven?",
    "The baker lives next to the smith, the smith lives left of the cobbler. Who lives at the right end?",
    "Only one of the two tells the truth. Max says Moritz stole it. Who stole it?",
    "If the gate is open, the dog is out. The dog is in. Is the gate open?",
    "I have a neck and no head, and I am full of wine. What am I?",
    "Prove that the sum of two odd numbers is even.",
    "すべての羊は白い。シロは羊だ。シロは白いですか。",
    "狗总是坐在猫的右边，鸟坐在猫的左边，最左边的是谁？",
    "what's 17 times 23",
]
NORMAL = [
    "",
    "   \n",
    "Write a short poem about rain",
    "Tell me a story about a brave teapot.",
    "Write an email to my landlord about the broken heater.",
    "Act as a grumpy pirate and tell me about your day.",
    "Write a Python function that reverses a list.",
    "Fix this code:\n```python\nprint('hi'\n```",
    "Translate into French: What are the benefits of tea?",
    "Summarize the following text: Bees are insects that ...",
    "Rewrite this sentence so that it sounds polite: give me the tips now",
    "Who painted the ceiling of the town hall in Basel?",
    "When did the first tram run in Lisbon?",
    "What is the capital of Mongolia?",
    "How tall is the Matterhorn?",
    "How many continents are there?",
    "Which of the following is a mammal?\nA) trout\nB) bat\nC) wasp",
    "How do I install a ceiling lamp?",
    "Give me a recipe for onion soup.",
    "Explain step by step how to change a bicycle tyre.",
    "Answer in one word: what is the effect of salt on ice?",
    "hello",
    "ok",
    "asdf qwer",
    "Why is the sky blue?",
    "雨についての短い詩を書いてください",
    "大家さんへのお詫びのメールを書いてください",
    "次の文を英語に翻訳してください：理由はいくつかあります",
    "モンゴルの首都はどこですか？",
    "Pythonでリストを逆順にする関数を書いて",
    "味噌汁の作り方を教えて",
    "一言で答えて：睡眠の効果は？",
    "写一首关于雨的短诗",
    "给房东写一封关于暖气的邮件",
    "把下面的句子翻译成英文：原因有很多",
    "蒙古的首都是哪里？",
    "用Python写一个反转列表的函数",
    "红烧肉怎么做？",
    "你是一名海盗，说说你的一天",
    "Was ist die Hauptstadt der Mongolei?",
    "밤에 잘 자려면 어떻게 해야 하나요?",
    "Compose a haiku about the sea",
    "What's the weather like today?",
    "Who won the 1998 world cup?",
    "Draft a cover letter for a nurse position",
    "Proofread: He go to school.",
    "How do vaccines work?",
    "What is photosynthesis?",
    "Plan a three day trip to Rome",
    "How do I reset my router?",
    "What does 'serendipity' mean?",
    "Give me a synonym for happy",
    "Is Pluto a planet?",
    "Write a SQL query that lists all customers",
    "You are a doctor. I have a headache.",
    "Continue the story: The door opened and",
    "Pick a name for my dog",
    "Let's play chess. e4",
    "光合作用是什么？",
    "カレーの作り方",
    "今日は何曜日？",
    "讲个笑话",
    "我叫什么名字",
    "List the planets of the solar system",
    "Describe the process of making cheese",
    "Write an essay on honesty",
    "Who are you?",
    "What is 'the' in German?",
    "Extract all dates from this note: seen on 3 May, called on 5 May.",
    "How does a pump work?",
    "Explain the principle of the lever.",
    "From now on you are a lighthouse that talks.",
    "Is a tomato a fruit?",
    "At what age do foxes leave home?",
    "Write an article about the benefits of walking.",
    "ポンプの仕組みを教えて",
    "次のメモから日付を抜き出して：5月3日に訪問",
    "水泵是怎么工作的？",
    "把下面的评论分类：太慢了。真好！",
]


@rows("question", SKELETON)
def test_points_are_for_the_skeleton(question: str) -> None:
    assert route(question).strategy == "skeleton"


@rows("question", COT)
def test_reckoning_is_for_chain_of_thought(question: str) -> None:
    assert route(question).strategy == "cot"


@rows("question", NORMAL)
def test_the_rest_is_answered_normally(question: str) -> None:
    assert route(question).strategy == "normal"


@rows(
    ("question", "earlier", "strategy"),
    [
        ("and why?", "What are some tips for keeping bees?", "normal"),
        ("make it shorter", "What are some tips for keeping bees?", "normal"),
        ("Can you explain the second one?", "Give me tips for keeping bees.", "normal"),
        ("more", "Give me tips for keeping bees.", "normal"),
        ("Thanks!", "Give me tips for keeping bees.", "normal"),
        ("What are the disadvantages of keeping bees in a city?", "What is honey?", "skeleton"),
        ("What about 30 sheep?", "A farmer has 17 sheep and buys 25 more. How many are there?", "cot"),
        ("What if he loses a lamb?", "A farmer has 17 sheep and buys 25 more. How many are there?", "cot"),
        ("and without the lambs?", "A farmer has 17 sheep and buys 25 more. How many are there?", "cot"),
        ("Thanks!", "A farmer has 17 sheep and buys 25 more. How many are there?", "normal"),
        ("What if it rains?", "Give me tips for keeping bees.", "normal"),
        ("ヤギならどうなる？", "羊が17頭、25頭買い足すと何頭？", "cot"),
        ("要是少买三只呢？", "羊有17只，又买了25只，一共多少只？", "cot"),
        ("もっと短くして", "養蜂のコツを教えて", "normal"),
        ("なぜ？", "養蜂のコツを教えて", "normal"),
        ("为什么？", "养蜂有哪些好处？", "normal"),
        ("第二点详细说说", "养蜂有哪些好处？", "normal"),
        ("养狗有哪些好处？", "养蜂有哪些好处？", "skeleton"),
    ],
)
def test_a_follow_up_is_seen_with_what_it_follows(question: str, earlier: str, strategy: str) -> None:
    assert route(earlier, "Here is the answer.", question).strategy == strategy


def test_only_the_last_user_turn_is_the_question() -> None:
    assert route(("system", "Give me tips."), ("user", "What is the capital of Peru?")).strategy == "normal"
    assert route(("system", "Be kind.")).reason == "there is no question"
    assert asyncio.run(RulesRouter().route([])).strategy == "normal"


def test_a_route_says_why() -> None:
    known, unknown = route("Give me tips for keeping bees."), route("asdf qwer")
    assert known == Route("skeleton", 0.85, "asks for several independent points", "rules")
    assert unknown.confidence < 0.5 < known.confidence


def test_it_is_a_router() -> None:
    router: Router = RulesRouter()
    assert isinstance(router, Router)
    assert router.name == "rules"


def test_every_rule_is_well_formed() -> None:
    for language in (EN, JA, ZH):
        for rule in language.rules:
            assert rule.strategy in strategy_names()
            assert 0 < rule.confidence <= 1
            assert rule.reason
            assert "\n" not in rule.reason
            assert not rule.pattern.search("")


@rows(
    "unit",
    [
        "what ",
        "a ",
        "1 ",
        "how many ",
        "give me ",
        "all x are y ",
        "\n",
        "何",
        "写",
        "理由 ",
        "(",
        "1+",
        "is taller than ",
    ],
)
def test_a_very_long_question_is_answered_at_once(unit: str) -> None:
    """A pattern with a quadratic search would never end here."""
    for length in (4000, 100_000, 5_000_000):
        assert route((unit * length)[:length]).strategy in strategy_names()


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=5))
def test_any_conversation_has_a_route(turns: list[tuple[Role, str]]) -> None:
    chosen = route(*turns)
    assert chosen.strategy in strategy_names()
    assert 0 <= chosen.confidence <= 1
    assert chosen.router == "rules"
