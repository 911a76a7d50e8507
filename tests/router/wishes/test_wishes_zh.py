"""Wishes in Chinese conversations: which ones a list cannot fulfil, and which become the plan."""

from __future__ import annotations

import pytest
from rows import rows

from sot.prompting.plan import Span
from sot.router.wishes import read_wishes
from sot.router.wishes.wishes import Wishes
from sot.types import Message, Role


def wishes(*turns: str | tuple[Role, str]) -> Wishes:
    """The wishes of a conversation; plain strings are the user's turns."""
    return read_wishes([Message("user", turn) if isinstance(turn, str) else Message(*turn) for turn in turns])


ONE_PIECE = [
    ("游泳有什么好处？请以JSON格式返回。", "json"),
    ("帮我把节食的风险整理成 YAML，谢谢", "yaml"),
    ("学钢琴的理由 json格式", "json"),
    ("垃圾分类为什么重要？（XML）", "xml"),
    ("只输出合法的JSON：租房要注意什么", "json"),
    ("請用JSON格式回答：早睡有什麼好處？", "json"),
    ("能不能用表格对比一下油车和电车？", "table"),
    ("做一张表格，列出各种维生素的作用。", "table"),
    ("租房和买房的区别，表格形式", "table"),
    ("請列成表格:貓和狗作為寵物的優缺點", "table"),
    ("以思维导图的形式说明公司组织结构。", "code"),
    ("Python里反转列表有几种办法？只给代码。", "code"),
    ("请用一段话介绍珊瑚礁为什么重要。", "prose"),
    ("为什么要多喝水？写成一段连贯的文字，别分点。", "prose"),
    ("写两段话谈谈城市噪音的影响。", "prose"),
    ("学游泳有什么建议？不要分点", "prose"),
    ("麻烦说说搬家的注意事项，请勿使用项目符号。", "prose"),
    ("養貓有哪些好處？請不要條列。", "prose"),
    ("旅游的意义是什么（不要编号）", "prose"),
    ("用一首诗说明友谊的重要性。", "诗"),
    ("写一首关于冬天的诗", "诗"),
    ("写一封感谢信给我的老师。", "感谢信"),
    ("以两个朋友对话的形式解释通货膨胀", "对话"),
    ("写一篇关于环保的作文。", "prose"),
    ("发条微博说说咖啡的好处", "微博"),
    ("怎么缓解焦虑，别用列表也别用标题", "prose"),
]


@rows(("question", "form"), ONE_PIECE)
def test_form_that_is_no_list(question: str, form: str) -> None:
    assert wishes(question).form == form


SHORT = [
    "世界上最长的河是哪条？只要名字。",
    "一个词回答：最健康的运动是什么？",
    "12乘以34等于多少？直接给答案",
    "鲸鱼是鱼吗？请回答是或否。",
    "哪种植物最耐阴？不要解释。",
    "哪種水果維生素C最多？只說名稱就好。",
    "猫为什么怕水？越短越好。",
    "答案即可：水的沸点是多少？",
    "世界上最小的鸟是什么？除了名字什么都不要写。",
    "西瓜是水果吗？不要多说。",
]


@pytest.mark.parametrize("question", SHORT)
def test_answer_too_short_for_points(question: str) -> None:
    assert wishes(question).against_points() == "asks for a very short answer"


WHOLE = [
    ("候鸟为什么迁徙？用两句话回答。", "asks for 2 sentences"),
    ("一句话说明通货膨胀。", "asks for 1 sentence"),
    ("睡眠为什么重要？（三句话以内）", "asks for at most 3 sentences"),
    ("坐火车有什么好处，两三句话就行", "asks for 2 to 3 sentences"),
    ("坐火车有什么好处？100字以内。", "asks for at most 50 words"),
    ("请用八十字左右说明光合作用", "asks for 40 words"),
    ("跑步的坏处，字数控制在60字以内", "asks for at most 30 words"),
    ("喝咖啡的影響，不超過五十個字", "asks for at most 25 words"),
    ("给我一个早起的建议。", "asks for one point"),
]


@pytest.mark.parametrize(("question", "reason"), WHOLE)
def test_length_of_the_whole_answer(question: str, reason: str) -> None:
    assert wishes(question).against_points() == reason


PLAN = [
    ("给我七个打扫厨房的窍门。", "7 points"),
    ("推荐5本适合暑假读的书", "5 points"),
    ("養狗的三個好處是什麼？", "3 points"),
    ("至少列出六种室内植物", "at least 6 points"),
    ("三个优点和两个缺点：养狗", "5 points"),
    ("请分四点说明节约粮食的意义。", "4 points"),
    ("省钱的方法有哪些？五个就行。", "5 points"),
    ("给我三个存钱的建议，每个一句话。", "3 points, 1 sentence each"),
    ("存钱的方法，每点用一两句话说明", "1 to 2 sentences each"),
    ("介绍四种运动的好处，各用两句话。", "4 points, 2 sentences each"),
    ("失眠的原因有哪些？每点不超过40字。", "at most 20 words each"),
    ("请简要介绍太阳能的优点。", "short"),
    ("为什么会打哈欠？请简短回答。", "short"),
    ("坐火车有什么好处？尽量简短。", "short"),
    ("坐火车有什么好处？说短一点", "short"),
    ("坐火車有什麼好處？長話短說。", "short"),
    ("挑重点说说坐火车的好处", "short"),
    ("养狗要准备什么？请用1、2、3列出。", "numbers"),
    ("养狗要准备什么？请给每条编号。", "numbers"),
    ("养狗要准备什么，用数字标出", "numbers"),
    ("推荐三座适合冬天去的城市，每座一两句话。", "3 points, 1 to 2 sentences each"),
    ("列举五位唐代诗人，每位两句话介绍", "5 points, 2 sentences each"),
    ("推荐四个城市，每个城市一句话", "4 points, 1 sentence each"),
    ("三道夏天的菜,一道一句话", "1 sentence each"),
    ("详细分析法国大革命的原因", "in detail"),
    ("去海边要带什么？用项目符号列出。", "bullets"),
    ("学习方法有哪些？用编号列表回答", "numbers"),
    ("太极拳有什么好处？请用英语回答。", "in en"),
    ("失眠的原因，用德文說明", "in de"),
    ("请介绍京剧的特点，每部分加小标题。", "headings"),
    ("早睡有什么好处？不要用Markdown。", "plain"),
    ("学吉他有什么建议？写600字左右。", "300 words in all"),
]


@rows(("question", "plan"), PLAN)
def test_wish_that_becomes_the_plan(question: str, plan: str) -> None:
    assert wishes(question).describe() == plan


@rows(("question", "plan"), PLAN)
def test_plan_leaves_room_for_a_list(question: str, plan: str) -> None:
    assert wishes(question).against_points() is None, plan


NO_WISH = [
    "JSON相比XML有什么优势？",
    "JSON、YAML和TOML有什么区别？",
    "为什么要用YAML存储配置？",
    "用JSON传输数据有什么缺点？",
    "如何把Excel转换成CSV？",
    "怎么用表格展示数据？",
    "如何制作一张好看的表格？",
    "用表格整理笔记有什么好处？",
    "写诗有什么技巧？",
    "怎样写好一首诗？",
    "如何写一封求职信？",
    "讲故事对孩子有哪些好处？",
    "如何用一句话打动面试官？",
    "面试时怎么用英语介绍自己？",
    "用英语写作有哪些技巧？",
    "为什么老师不喜欢一句话的回答？",
    "怎么写好一段话？",
    "为什么微博要限制在140字以内？",
    "怎样写出800字的作文？",
    "每天背50个单词有什么好方法？",
    "三个和尚没水喝说明了什么道理？",
    "三个月宝宝的护理有哪些注意事项？",
    "五点起床有什么好处？",
    "第二次世界大战的原因有哪些？",
    "四大名著各有什么特点？",
    "给两个孩子准备什么礼物好？",
    "去东京玩3天要带什么？",
    "列表推导式有什么好处？",
    "写清单对工作有什么帮助？",
    "为什么简历里不要用表格？",
    "怎样减少废话？",
    "如何写好小标题？",
    "生活简单有什么好处？",
    "为什么一个字都不说反而更有力量？",
    "学习编程有什么建议？不一定要用代码或表格。",
    "養花有什麼好處？不需要JSON。",
    "怎樣寫好一封道歉信？",
    "为什么有的员工只给答案不说过程？",
    "讲笑话有什么技巧？",
    "如何提高英语口语？",
    "只写代码不写文档有什么问题？",
    "用故事的形式教历史有什么好处？",
    "护理工作最看重哪些软技能？分别说明。",
    "写一篇800字的作文需要注意什么？",
    "为什么有人说话简短？",
    "短一点的裙子怎么搭配？",
    "编号管理对仓库有什么好处？",
    "给四位老人准备什么礼物好？",
    "每个学生写一段话的作业怎么批改？",
]


@rows("question", NO_WISH)
def test_subject_of_the_question_is_no_wish(question: str) -> None:
    assert wishes(question) == Wishes()


STANDING = [
    (("system", "你是一个友好的助手。始终用一段话回答。"), "怎么照顾猫？"),
    (("system", "输出必须为JSON格式，不要输出其他内容。"), "怎么照顾猫？"),
    (("system", "不要使用任何列表或项目符号。"), "怎么照顾猫？"),
    (("system", "你的回答控制在50字以内。"), "怎么照顾猫？"),
    (("system", "回覆一律使用表格。"), "怎麼照顧貓？"),
    ("以后请用一句话回答我。", "坐火车有什么好处？"),
    ("我不喜欢列表，以后别再用列表了。", "坐火车有什么好处？"),
    ("用JSON格式回答我的问题", "坐火车有什么好处？"),
    ("坐火车有什么好处？用表格。", "那飞机呢？"),
    ("坐火车有什么好处？用表格。", "飞机也一样。"),
    (("system", "你是回答技术问题的助手。始终用一句话回答。"), "怎么照顾猫？"),
]


@pytest.mark.parametrize("turns", STANDING)
def test_wish_of_an_earlier_turn_holds(turns: tuple[str | tuple[Role, str], ...]) -> None:
    assert wishes(*turns).against_points() is not None


LAPSED = [
    (("system", "如果用户要求表格，就用表格回答。"), "怎么照顾猫？"),
    (("system", "必要时可以使用表格。"), "怎么照顾猫？"),
    (("system", "对于闲聊，用一句话回复；其他问题请认真回答。"), "怎么照顾猫？"),
    (("system", "简单的问题用一句话回答。"), "怎么照顾猫？"),
    ("坐火车有什么好处？用表格。", "怎样才能睡得更好？"),
    ("写一首关于雨的诗。", "谢谢！收集雨水有哪些好处？"),
    ("以后都用一句话回答。", "恢复正常回答吧。坐火车有什么好处？"),
    ("以后不要分点。", "现在可以分点了。坐火车有什么好处？"),
    ("秘鲁的首都是哪里？只说名字。", "去秘鲁旅游的理由有哪些？"),
]


@pytest.mark.parametrize("turns", LAPSED)
def test_wish_of_an_earlier_turn_lapses(turns: tuple[str | tuple[Role, str], ...]) -> None:
    assert wishes(*turns).against_points() is None


def test_number_of_points_as_a_range() -> None:
    assert wishes("给我3到5个公开演讲的技巧。").count == Span(3, 5)


@pytest.mark.parametrize(
    "first",
    ["以后每次都只给我三点。", "之后的回答都列三条建议。", ("system", "请给出三条建议。")],
)
def test_number_of_points_of_every_answer(first: str | tuple[Role, str]) -> None:
    assert wishes(first, "怎么照顾猫？").count == Span(3, 3)


def test_list_asked_for_after_a_ban() -> None:
    assert wishes("以后不要用列表。", "这次请用列表回答，学吉他有什么建议？").form is None


def test_readers() -> None:
    assert wishes("请向小学生解释太阳能的优点。").audience == "小学生"
