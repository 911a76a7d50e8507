"""Chinese words about given items."""

from __future__ import annotations

import re
from functools import partial

from .words import ItemWords, rx
from .zh_grammar import ALL, EACH, FORM

_EACH = r"每(?!天|日|年|月|周|次|当)|各(?!国|地|种各|自的家)|分别|逐[一句条个项行题字段篇]|一一|单独"


def _fits(order: re.Pattern[str], sentence: str) -> bool:
    """Return whether a sentence is an order of some kind, with clauses about the form behind it alone."""
    clauses = [clause.strip() for clause in re.split("[，,]", sentence)]
    for count in range(1, min(len(clauses), 2) + 1):
        if order.fullmatch("，".join(clauses[:count])):
            return all(map(FORM.fullmatch, clauses[count:]))
    return False


WORDS = ItemWords(
    each=rx(_EACH),
    share=rx(r"每[个条句题项]|各"),
    orders_each=partial(_fits, EACH),
    orders_all=partial(_fits, ALL),
    joint=rx(
        r"排序|排列|排成|顺序|次序|比较|对比|相比|区别|不同|差异|共同|相同|相似|关系|联系|关联|总共|一共|"
        r"合计|总和|平均|合并|连[成接贯]|合[成为]|结合|组[成合]|搭配|分组|归类|归纳|归为|聚类|挑|"
        r"选[出择一取]|补充|添加|再[加提写]|继续|续写|接龙|矛盾|重复|互相|彼此|相互|其他|其余|前一|"
        r"上一[个条句步]|结果|只能用一次|步骤|流程|阶段|过程|时间[表线]|表格|JSON|json|CSV|csv|代码|函数|"
        r"程序|SQL|sql|计算|求[解出]?|配平|证明|阅读|短文|根据|哪[个一条句部道两些家种项位]|整体|全部(?:用|"
        r"的)|(?:用|包含|包括).{0,6}所有|所有.{0,8}(?:编|写|做|放|用)|故事|对话|童话|清单|病因|先后|越来越|"
        r"逐渐|之和|各异|前面|角度|其他|假设|之后|还要|总额|比例|套餐|歌词|的信|连贯|课堂|实验|与前|"
        r"在.{0,10}中的|整部|录用|公平|安排|推断|推测|收回|全场|配酒|让|几年|剧本|台词|每.{0,8}都(?:要|"
        r"必须|得)|出现|几次|何时|什么时候|分配|时间|结论|衔接|证词|小偷|凶手|不一样|食谱|计划|日程|行程|"
        r"占一|(?:并|再|然后).{0,8}(?:给|写|做|说|得)|制定|(?:连|编|合|写|整理|总结|概括)(?:起来)?成一",
    ),
    whole=rx(
        r"最|几[个种处条]|多少|谁|一段话?|一篇|一封|一句话|一首|一份|这(?:首|篇|段|封|个|份)|用(?:以下|下列|下面)|怎[么样]|为什么|什么|是否|有没有",
    ),
    named=rx(
        _EACH,
        r"(?:下面|以下|下列|上面|以上|上述|这些|这几).{0,10}(?:句|词|语|题|问题|评论|评价|作品|曲名|菜|话|动物|术语|标题|名|成语|项|内容|条款)",
    ),
    questions=rx(r"(?:回答|解答).{0,16}(?:问题|提问)"),
    beside=rx(
        r"编号|序号|保留|保持|简短|简洁|不要|无需|不需要|只(?:要|需|给|写)|谢谢|\A(?:你好|您好|我是|我在|"
        r"我们|每[题句条个])|[两三一二]句话|[一-十\d]+个?字"
    ),
    reference=rx(
        r"上述|前面|上一题|上题|同上|前者|后者|如前|[(（][1-9１-９a-c][)）](?:的|中|题)|"
        r"第[一二三1-9][题句问]|[一二三四五1-5]号[盒门]|本文|短文|文中|作者"
    ),
    alone=rx(r"修改|改正|纠正|校对|病句|语病|错误|错别字|拼音|注音"),
    goes_on=rx(r"\A(?:然后|但是|但|所以|因此|接着|最后|于是|而且|并且|可是|不过|结果|随后|后来|同时|另外)"),
    pronoun=rx(r"\A(?:他|她|它|这|那|其)"),
    ends_question=rx(r"[?？]\W*\Z|[吗呢么][。．]?\Z"),
)
