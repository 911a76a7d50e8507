"""Words and phrases of Portuguese wishes, as patterns."""

from __future__ import annotations

from ..numbers import number_pattern
from ..wish import Wish

NUMBERS = {
    "um": 1, "uma": 1, "um só": 1, "uma só": 1, "um so": 1, "uma so": 1, "um único": 1, "uma única": 1,
    "um unico": 1, "uma unica": 1, "dois": 2, "duas": 2, "três": 3, "tres": 3, "quatro": 4, "cinco": 5,
    "seis": 6, "sete": 7, "oito": 8, "nove": 9, "dez": 10, "doze": 12, "quinze": 15, "vinte": 20,
    "trinta": 30, "quarenta": 40, "cinquenta": 50, "sessenta": 60, "setenta": 70, "oitenta": 80,
    "noventa": 90, "cem": 100, "duzentas": 200, "trezentas": 300,
}  # fmt: skip
AMOUNT = number_pattern(NUMBERS, "amount")
N, M = number_pattern(NUMBERS), number_pattern(NUMBERS, "m")
SEVERAL = number_pattern({word: value for word, value in NUMBERS.items() if value > 1})
FROM_TO = rf"(?:entre {SEVERAL} e {M}|{SEVERAL}(?: ?(?:-|–|a|ou) ?{M})?)"
MOST = (
    r"(?P<most>(?:em )?menos de|(?:no )?máximo(?: de)?|máx\.?|até|não (?:\w+ )?mais (?:de|do que)|"
    r"sem passar de)"
)
LEAST = r"(?P<least>(?:pelo|ao) menos|no mínimo|(?<!não )mais de)"
BOUND = rf"(?:(?:{MOST}|{LEAST}|exatamente|apenas|só|cerca de|umas?) )?"
RANGE = rf"{N}(?: ?(?:-|–|a|ou) ?{M})?"
TOP = r"(?:,? (?P<most>no máximo|máximo|ou menos)\b)?"
POINT = (
    r"dica|conselho|sugestão|ideia|forma|maneira|jeito|estratégia|método|técnica|razão|motivo|vantagem|"
    r"desvantagem|benefício|risco|desafio|efeito|consequência|causa|fator|aspecto|característica|tipo|"
    r"exemplo|diferença|argumento|princípio|erro|mito|sinal|sintoma|hábito|truque|opção|alternativa|"
    r"problema|uso|coisa|ponto|tópico|item|atividade|fato|passo|pergunta|tema|solução|ferramenta|exercício|"
    r"lugar|jogo|livro"
)
PLURAL = (
    rf"(?:(?:{POINT})e?s\b|razões|sugestões|opções|soluções|vantagens|desvantagens|sinais|itens|"
    r"pontos positivos)"
)
UNITS = (
    r"(?:palavras?|frases?|linhas?|parágrafos?|páginas?|minutos?|horas?|dias?|semanas?|meses|anos?|vezes|"
    r"pessoas|reais|km)"
)
ADJECTIVES = rf"(?:(?!{UNITS}\b|(?:e|ou|de|para|que|em|com|por|a)\b)[\w-]+ ){{0,2}}?"
SENTENCES = r"(?:frases?|linhas?|orações|sentenças?)"
SIZED = r"(?: (?:curt[oa]s?|breves?|simples|complet[oa]s?|só))?"
EACH = rf"(?:cada\b(?: (?:um|uma|{POINT})\b)?|(?:por|para|em|sobre) (?:cada \w+|(?:{POINT})\b))"
EACH_POINT = r"(?P<each>\bcada \w+(?: (?!e\b)\w+){0,4}? )"
TAIL = r"(?=[ ]?(?:[.,;:!?)\n]|\Z)| (?:e (?:pronto|só|nada)|por favor|pfv?|pf|obrigad[oa]|sobre|sem|no)\b)"
ANSWER = (
    r"(?:(?:respond|escrev|expli(?:c|qu)|resum|descrev|apresent|mostr|ger|elabor|devolv|retorn|indi(?:c|"
    r"qu)|compar|list|analis|defin|enumer|suger|recomend|us|utiliz|organiz|prepar|convert|desenh|fal|cont|"
    r"cri|mand|cit|pass|coloc|coloqu|mont|redij|redig|evit|mantenh|mantê)(?:e|a|o|as|es|em|am|er|ar|ir|"
    r"á)(?:-?(?:me|nos|l?[oa]s?))?|(?:faz|faça|faças|fazer|d\u00e1|d\u00ea|d\u00eas|dar|diz|diga|digas|"
    r"dizer|põe|ponha|p\u00f4r)(?:-(?:me|nos|[oa]s?))?|seja|quero|queria|preciso|prefiro|gostaria|(?:pode|"
    r"podes|poderia|consegue|deve|deves|tem que|tem de) (?:me )?\w+[aei]r)"
)
LEAD = (
    r"(?:(?:e|mas|por favor|favor|só|apenas|somente|sempre|nunca|não|me|que|você|agora|depois|então|também|"
    r"olá|oi|bom),? )"
)
LEADS = LEAD + "{0,5}"
BARE = r"(?<![\w)\"'-])(?<![\w)\"'] )"  # no word just before
ORDER = rf"(?:{BARE}|(?<=\be )(?!\w+[aei]r\b)){LEADS}(?:{ANSWER} {LEADS})?{ANSWER}(?![\w])"
WHAT = r"(?:(?:e |mas )?(?:por que|porque|o que|que|como|qual|quais|quem|quando|onde|quant[oa]s?)\b)"
NICE = r"(?:(?:um|uma|o|a|só|único|única|pequen[oa]|breve|curt[oa]|simples|bo[am]|lind[oa]) )"
SHAPE = r"(?:(?:um|uma|o|a|objeto|array|arquivo|lista|formato|código|de|em|puro|válido|só|apenas) ){0,5}"
DATA = r"(?P<value>json|yaml|yml|csv|tsv|toml|jsonl)"
WORK = (
    r"(?P<value>poema|haicai|haikai|soneto|conto|história|canção|música|rap|carta|e-?mail|diálogo|piada|"
    r"tuíte|tweet|slogan|redação|ensaio|fábula|discurso|monólogo|crônica|cordel|artigo)"
)
LISTS = (
    r"(?:(?:as?|os?|uma?|nenhuma?|mais|tipo|de|forma|formato|em|como|com|nem|e|ou|tabelas?,?|negrito,?|"
    r"números?,?|títulos?,?|listas?,?|tópicos?,?|marcadores,?) )*(?:listas?|tópicos|marcadores|"
    r"bullets?(?: points)?|enumerações|listagem|travessões)\b(?! (?:de|negras?|telefônica|para|que|do)\b)"
)
ABOUT_IT = (
    r"(?:papel|função|importância|elementos|partes|estrutura|erros|tempos|dados|arquivos?|gramática|"
    r"verbos?|palavras|pronúncia|vocabulário|expressões|nível|aulas|aprender|estudar|falar|escrever|"
    r"melhorar|curso|usar|ler|trabalhar|livros)"
)
PROSE = Wish("form", "prose")


def alone(words: str) -> tuple[str, str]:
    """Return parts for words that are a wish by themselves or after an order, but not at a question's end."""
    gap = rf"(?: (?!{ABOUT_IT}\b)[^\s?.!;]+){{0,14}}?,? "
    return rf"{BARE}{LEADS}{words}", rf"{ORDER}{gap}{words}"
