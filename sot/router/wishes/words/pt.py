"""Portuguese wishes about form, length, number and language: the most common ones."""

from __future__ import annotations

from ..wish import WishLanguage
from .accents import loose
from .pt_form import FORM
from .pt_length import LENGTH
from .pt_manner import MANNER
from .pt_points import POINTS_ASKED
from .pt_words import ANSWER, LEAD, NUMBERS, ORDER, PLURAL, WHAT, N

RULES = WishLanguage(
    numbers=NUMBERS,
    order=loose(ORDER, rf"\A(?!{WHAT}).{{0,250}}?\b{LEAD}{ANSWER}(?!\w)"),
    filler=loose(
        r"\A(?:(?:por favor|favor|pfv?|e|mas|só|apenas|somente|formato|saída|resposta|respostas|sua|suas|"
        r"tua|a|o|as|os|tudo|isso|melhor|desta vez|agora|obrigad[oa]|que|seja|deve|devem|ser|estar|ter|"
        r"se possível|de preferência|em|de|com|um|uma|me|ok|bom|sempre|tamanho|limite|todas|não|também|"
        rf"basta|como|olá|oi|{ANSWER})\b[ :,–—-]*)*\Z"
    ),
    asks=loose(
        r"\A(?:[^?]{0,80}[,.] ?)?(?:(?:e|mas|então|oi|olá),? )*(?:(?:a|de|com|em|para|por|desde|"
        r"sobre) )?(?:por que|porque|o que|que|como|qual|quais|quem|quando|onde|quant[oa]s?|é|são|há|devo|"
        r"posso|vale a pena|resumo|explicação|comparação|comparar|definição|diferenças?|importância|"
        r"história|capital|\w{4,} (?:d[eoa]s?|para|pra)|melhores|principais|algu(?:ns|mas)|vári[oa]s|"
        rf"[oa]s?|\d+|{N}|{PLURAL}|prós e contras|sintomas|origem|causas)\b"
    ),
    subject=loose(
        r"\b(?<!pode )(?<!poderia )(?<!favor )(?<!deve )(?<!me )(?:guardar|armazen\w+|salvar|enviar|"
        r"export\w+|import\w+|ler|converter|trabalh\w+|represent\w+|formatos|linguagens|dados|arquivos?|"
        r"linhas|colunas?|células?|inserir|erros|comentários|escrever|redigir|falar|responder|resumir|"
        r"explicar|dizer|ensinar|aprend\w+|estudar|usar|utilizar|uso|fazer|criar|listas|programar|colocar|"
        r"organizar(?:-se)?|livros?|professores|alunos|poetas|autores|pessoas|respondem?|fala|escrevem|"
        r"verbo|sujeito|texto|melhor|pior|vai|estrutura|configuraç\w+|significa|viver|comprar|montar|"
        r"apresentar)(?: [\w'-]+){0,3} ?\Z"
    ),
    negated=loose(
        r"\b(?:não|sem|nunca|jamais|nem|nada de|evit\w+|em vez de|exceto|menos)(?: (?:um|uma|[oa]s?|me|"
        r"quero|precisa|preciso|faça|use|usar|dê|ponha|coloque|escreva|responda|seja|ser|é|em|com|de|como|"
        r"fazer|que|por|forma|formato|mais|listas?|tabelas?|tópicos|json|nem|ou|necessário)){0,7} ?\Z"
    ),
    conditional=loose(
        r"\b(?:se (?!possível)|quando|a menos que|caso|exceto|por exemplo|pode usar|às vezes|conforme)"
    ),
    standing=loose(
        r"\b(?:a partir de (?:agora|hoje)|de agora em diante|daqui (?:em|para) (?:diante|frente)|sempre|"
        r"nunca|tod[ao]s as (?:\w+ )?(?:respostas|perguntas)|cada (?:resposta|pergunta)|nest[ea] (?:chat|"
        r"conversa)|até eu (?:dizer|avisar)|tudo o que eu perguntar|no futuro)\b"
    ),
    order_only=loose(
        r"\A(?:(?:por favor|ok|olá|oi|bom|só|quero que|você|me|e),? )*(?:respond\w+|fal[ae]|sej[ao]|us[ea]|"
        r"utilize|nada de|sem|não|escreva|quero (?:só )?respostas|respostas|prefiro|nunca|evite|"
        r"mantenha)\b(?:(?!\b(?:o que|por que|qual|quais|dicas|vantagens|raz\u00f5es)\b)[^?:]){0,160}\Z"
    ),
    continues=loose(
        r"\A(?:e|ou|mas|agora|também|o mesmo|e se|então|de novo)\b"
        r"(?!,? (?:o que|que|como|qual|quais|quem|onde|quando|por que|quant[oa]s?)\b)[^\n]{0,60}\Z"
    ),
    patterns=(*FORM, *LENGTH, *POINTS_ASKED, *MANNER),
)
