"""Ordinal words at the start of a list item: first, erstens, premièrement, 首先."""

from __future__ import annotations

import re
from functools import lru_cache

# One language a line: its words for 1, 2, 3 and so on, with other words for the same number after a slash
# and an underscore for a blank.
_WORDS = """
first/firstly/first_of_all/one second/secondly/two third/thirdly/three fourth/fourthly/four \
fifth/fifthly/five sixth/sixthly/six seventh/seventhly/seven eighth/eighthly/eight ninth/ninthly/nine \
tenth/tenthly/ten
erstens/erster/erste/erstes/eins zweitens/zweiter/zweite/zweites/zwei \
drittens/dritter/dritte/drittes/drei viertens/vierter/vierte/viertes/vier \
fünftens/fünfter/fünfte/fünftes/fünf sechstens/sechs siebtens/sieben achtens/acht neuntens/neun \
zehntens/zehn
premièrement/premier/première/tout_d'abord/un deuxièmement/deuxième/secondement/deux \
troisièmement/troisième/trois quatrièmement/quatrième/quatre cinquièmement/cinquième/cinq \
sixièmement/sixième septièmement/septième huitièmement/huitième neuvièmement/neuvième dixièmement/dixième
primero/primera/primeramente/en_primer_lugar/uno segundo/segunda/en_segundo_lugar/dos \
tercero/tercera/en_tercer_lugar/tres cuarto/cuarta/en_cuarto_lugar/cuatro \
quinto/quinta/en_quinto_lugar/cinco sexto/sexta/seis séptimo/séptima/siete octavo/octava/ocho \
noveno/novena/nueve décimo/décima/diez
primo/prima/in_primo_luogo/innanzitutto secondo/seconda/in_secondo_luogo/due \
terzo/terza/in_terzo_luogo/tre quarto/quarta/in_quarto_luogo/quattro quinto/quinta/in_quinto_luogo/cinque \
sesto/sesta/sei settimo/sette ottavo/otto nono/nove decimo/dieci
primeiro/primeira/primeiramente/em_primeiro_lugar/um segundo/segunda/em_segundo_lugar/dois \
terceiro/terceira/em_terceiro_lugar/três quarto/quarta/em_quarto_lugar/quatro \
quinto/quinta/em_quinto_lugar/cinco sexto/sexta sétimo/sétima oitavo/oitava nono/nona décimo/décima
ten_eerste/eerste/één ten_tweede/tweede/twee ten_derde/derde/drie ten_vierde/vierde/vier \
ten_vijfde/vijfde/vijf
för_det_första/första för_det_andra/andra för_det_tredje/tredje för_det_fjärde/fjärde för_det_femte/femte
во-первых/первое/первый/первая/один во-вторых/второе/второй/вторая/два в-третьих/третье/третий/третья/три \
в-четвёртых/в-четвертых/четвёртое/четвертое/четыре в-пятых/пятое/пятый/пять в-шестых/шестое \
в-седьмых/седьмое
po_pierwsze/pierwszy po_drugie/drugi po_trzecie/trzeci po_czwarte/czwarty po_piąte/piąty
birinci/birincisi/ilk_olarak ikinci/ikincisi üçüncü/üçüncüsü dördüncü/dördüncüsü beşinci/beşincisi
pertama kedua ketiga keempat kelima
thứ_nhất thứ_hai thứ_ba thứ_tư thứ_năm
أولا/أولاً/أوّلاً ثانيا/ثانياً ثالثا/ثالثاً رابعا/رابعاً خامسا/خامساً سادسا/سادساً سابعا/سابعاً
पहला/पहले/पहली/प्रथम दूसरा/दूसरे/दूसरी/द्वितीय तीसरा/तीसरे/तीसरी/तृतीय चौथा/चौथे/चौथी पाँचवाँ/पांचवां
첫째/첫_번째/첫번째 둘째/두_번째/두번째 셋째/세_번째/세번째 넷째/네_번째/네번째 다섯째/다섯_번째
第一に/まず/最初に/はじめに/1つ目 第二に/次に/2つ目 第三に/3つ目 第四に/4つ目 第五に/5つ目
首先/其一/第一点 其次/其二/第二点 再次/其三/第三点 其四/第四点 其五/第五点
"""
_FOLLOWING = (
    "next then finally lastly last schließlich enfin ensuite finalmente luego infine poi último por_último "
    "ten_slotte наконец затем wreszcie son_olarak terakhir cuối_cùng أخيرا أخيراً अंत_में अंततः "
    "마지막으로 最後に 最后 最後"
)


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    """Return the number of each word; 0 for one that only says that it follows."""
    numbers = dict.fromkeys(_FOLLOWING.split(), 0)
    for language in _WORDS.strip().split("\n"):
        for number, words in enumerate(language.split(), start=1):
            numbers.update(dict.fromkeys(words.split("/"), number))
    return {word.replace("_", " "): number for word, number in numbers.items()}


@lru_cache(maxsize=1)
def ordinal_pattern() -> str:
    """Return the regular expression of any ordinal word."""
    return "|".join(map(re.escape, sorted(_numbers(), key=len, reverse=True)))


def ordinal_number(word: str) -> int:
    """Return the number that an ordinal word means; 0 for ``finally`` and the like."""
    return _numbers()[" ".join(word.lower().replace("’", "'").split())]
