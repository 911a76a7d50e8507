"""Words for the numbers of points, up to ten, and words that stand before a number."""

from __future__ import annotations

from functools import lru_cache

# Ordinal and cardinal words of 1 to 10; words of one number are separated by a slash.
_WORDS = (
    "one/first/firstly  two/second/secondly  three/third/thirdly  four/fourth/fourthly  "
    "five/fifth/fifthly  six/sixth  seven/seventh  eight/eighth  nine/ninth  ten/tenth",
    "eins/erstens/erster/erste/erstes  zwei/zweitens/zweiter/zweite/zweites  "
    "drei/drittens/dritter/dritte/drittes  vier/viertens/vierter/vierte/viertes  "
    "fünf/fünftens/fünfter/fünfte/fünftes  sechs/sechstens/sechster  sieben/siebtens/siebter  "
    "acht/achtens/achter  neun/neuntens/neunter  zehn/zehntens/zehnter",
    "un/une/premièrement/premier/première  deux/deuxièmement/deuxième/second/seconde  "
    "trois/troisièmement/troisième  quatre/quatrièmement/quatrième  "
    "cinq/cinquièmement/cinquième  six/sixième  sept/septième  huit/huitième  neuf/neuvième  "
    "dix/dixième",
    "uno/una/primero/primera/primer  dos/segundo/segunda  tres/tercero/tercera/tercer  "
    "cuatro/cuarto/cuarta  cinco/quinto/quinta  seis/sexto/sexta  siete/séptimo/séptima  "
    "ocho/octavo/octava  nueve/noveno/novena  diez/décimo/décima",
    "um/uma/primeiro/primeira  dois/duas/segundo/segunda  três/terceiro/terceira  "
    "quatro/quarto/quarta  cinco/quinto/quinta  seis/sexto/sexta  sete/sétimo/sétima  "
    "oito/oitavo/oitava  nove/nono/nona  dez/décimo/décima",
    "uno/primo/prima  due/secondo/seconda  tre/terzo/terza  quattro/quarto/quarta  "
    "cinque/quinto/quinta  sei/sesto/sesta  sette/settimo/settima  otto/ottavo/ottava  "
    "nove/nono/nona  dieci/decimo/decima",
    "één/een/eerste  twee/tweede  drie/derde  vier/vierde  vijf/vijfde  zes/zesde  "
    "zeven/zevende  acht/achtste  negen/negende  tien/tiende",
    "ett/första  två/andra  tre/tredje  fyra/fjärde  fem/femte  sex/sjätte  sju/sjunde  "
    "åtta/åttonde  nio/nionde  tio/tionde",
    "jeden/pierwszy/pierwsze  dwa/drugi/drugie  trzy/trzeci/trzecie  cztery/czwarty/czwarte  "
    "pięć/piąty/piąte  sześć/szósty  siedem/siódmy  osiem/ósmy  dziewięć/dziewiąty  "
    "dziesięć/dziesiąty",
    "один/первое/первый/первая/во-первых  два/второе/второй/вторая/во-вторых  "
    "три/третье/третий/третья/в-третьих  четыре/четвертое/четвёртое/четвертый  пять/пятое/пятый  "
    "шесть/шестое/шестой  семь/седьмое/седьмой  восемь/восьмое/восьмой  девять/девятое/девятый  "
    "десять/десятое/десятый",
    "bir/birinci  iki/ikinci  üç/üçüncü  dört/dördüncü  beş/beşinci  altı/altıncı  yedi/yedinci  "
    "sekiz/sekizinci  dokuz/dokuzuncu  on/onuncu",
    "أولا/أولاً/الأول/الأولى  ثانيا/ثانياً/الثاني/الثانية  ثالثا/ثالثاً/الثالث/الثالثة  "
    "رابعا/رابعاً/الرابع  خامسا/خامساً/الخامس  سادسا/السادس  سابعا/السابع  ثامنا/الثامن  "
    "تاسعا/التاسع  عاشرا/العاشر",
    "एक/पहला/पहली/पहले  दो/दूसरा/दूसरी  तीन/तीसरा/तीसरी  चार/चौथा/चौथी  पाँच/पाँचवाँ  छह/छठा  "
    "सात/सातवाँ  आठ/आठवाँ  नौ/नौवाँ  दस/दसवाँ",
    "一/第一/其一/首先/ひとつ目/1つ目/壹  二/第二/其二/其次/ふたつ目/2つ目/贰  "
    "三/第三/其三/みっつ目/3つ目  四/第四/其四/4つ目  五/第五/其五/5つ目  六/第六/其六/6つ目  "
    "七/第七/其七/7つ目  八/第八/其八/8つ目  九/第九/其九/9つ目  十/第十/其十/10個目",
    "하나/첫째/첫번째/첫 번째  둘/둘째/두번째/두 번째  셋/셋째/세번째/세 번째  "
    "넷/넷째/네번째/네 번째  다섯/다섯째  여섯/여섯째  일곱/일곱째  여덟/여덟째  아홉/아홉째  "
    "열/열째",
)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
LABELS = frozenset(
    """
    point points step item number no nr num tip part section reason aspect idea key heading title
    topic answer punkt schritt nummer teil tipp abschnitt grund étape etape numéro numero partie
    raison conseil n nº n° nº. punto paso número parte razón consejo sección ponto passo dica seção
    razão passaggio sezione motivo consiglio stap deel reden steg del krok część nokta adım madde
    пункт шаг часть совет номер نقطة النقطة الخطوة خطوة बिंदु चरण ポイント 要点 步骤 步驟 要點 第 其
    点 項目 ステップ その 理由 方法 포인트 단계 항목 항 điểm bước
    """.split()  # noqa: SIM905 - a hundred quoted words would be harder to read
)
"""Words before the number of a point: "Point 2", "Schritt 2", "第2点"."""


@lru_cache(maxsize=64)
def spelled(number: int) -> frozenset[str]:
    """Return the ways to spell a number as the label of a point, case folded; none above ten."""
    if not 1 <= number <= len(_ROMAN):
        return frozenset()
    words = {word for row in _WORDS for word in row.split("  ")[number - 1].split("/")}
    return frozenset((*(word.casefold() for word in words), _ROMAN[number - 1]))
