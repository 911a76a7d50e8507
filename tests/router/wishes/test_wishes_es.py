"""Wishes in Spanish and Portuguese conversations: which rule out a list, and which become its plan."""

from __future__ import annotations

import pytest
from rows import rows

from sot.router.wishes import Wishes, read_wishes
from sot.router.wishes.wish import Span
from sot.types import Message, Role


def wishes(*turns: str | tuple[Role, str]) -> Wishes:
    """The wishes of a conversation; plain strings are the user's turns."""
    return read_wishes([Message("user", turn) if isinstance(turn, str) else Message(*turn) for turn in turns])


ONE_PIECE = [
    ("¿Qué beneficios tiene nadar? Devuélvelo en JSON, por favor.", "json"),
    ("Dame en formato YAML las causas de la inflación.", "yaml"),
    ("causas de la inflacion en yaml porfa", "yaml"),
    ("Necesito un CSV con las ventajas de cada energía renovable.", "csv"),
    ("¿Me puedes hacer una tabla con los pros y contras del coche eléctrico?", "table"),
    ("Compara alquilar y comprar (en un cuadro comparativo).", "table"),
    ("En una tabla: ventajas e inconvenientes de vivir solo.", "table"),
    ("¿Cuáles son los tipos de café? Ponlo en forma de tabla.", "table"),
    ("Explícame en un solo párrafo por qué duermen los animales.", "prose"),
    ("¿Por qué es importante la siesta? Un párrafo breve.", "prose"),
    ("Escribe dos párrafos sobre los efectos del turismo.", "prose"),
    ("¿Cómo ahorrar agua en casa? No uses listas ni viñetas.", "prose"),
    ("Háblame de los riesgos del azúcar, nada de enumeraciones.", "prose"),
    ("¿Qué ventajas tiene madrugar? En vez de una lista, prefiero texto.", "prose"),
    ("Cuéntame los efectos de la cafeína en prosa.", "prose"),
    ("¿Qué hace bueno a un vecino? No me lo des en forma de lista, gracias.", "prose"),
    ("consejos para viajar barato sin viñetas", "prose"),
    ("Explica por qué llueve con un poema.", "poema"),
    ("¿Serías tan amable de ponerme los tipos de queso en una tabla?", "table"),
    ("Prefiero un texto seguido: ¿qué provoca el insomnio?", "prose"),
    ("Escríbeme una carta de despedida para mi jefe.", "carta"),
    ("¿Por qué cuidar el mar? Respóndeme en verso.", "verso"),
    ("Explica los beneficios del té en forma de diálogo.", "diálogo"),
    ("Quais são as causas da inflação? Responda em JSON.", "json"),
    ("Faça uma tabela com as vantagens e desvantagens do trem.", "table"),
    ("Explique em um único parágrafo por que dormimos.", "prose"),
    ("Como economizar água em casa? Sem listas, por favor.", "prose"),
    ("Por que ler é bom? Responda com um poema.", "poema"),
    ("Quais os benefícios do chá? Não use tópicos, escreva em texto corrido.", "prose"),
    ("vantagens do carro elétrico em tabela pfv", "table"),
]


@rows(("question", "form"), ONE_PIECE)
def test_form_that_is_no_list(question: str, form: str) -> None:
    assert wishes(question).form == form


SHORT = [
    "¿Qué fruta tiene más vitamina C? Responde con una sola palabra.",
    "¿Cuál es el río más largo de Asia? Únicamente el nombre.",
    "Dime solo el resultado: 34 por 12.",
    "¿Es sano comer pan todos los días? Sí o no.",
    "¿Qué planta aguanta mejor la sombra? Sin explicaciones.",
    "Qual é o maior rio da Ásia? Só o nome.",
    "É saudável comer pão todo dia? Sim ou não.",
    "Qual fruta tem mais vitamina C? Responda com uma palavra.",
]


@pytest.mark.parametrize("question", SHORT)
def test_answer_too_short_for_points(question: str) -> None:
    assert wishes(question).against_points() == "asks for a very short answer"


WHOLE = [
    ("¿Por qué migran las aves? Dos frases.", "asks for 2 sentences"),
    ("Resume en tres líneas las causas de la guerra fría.", "asks for 3 sentences"),
    ("¿Me explicas la inflación en una frase?", "asks for 1 sentence"),
    ("¿Qué ventajas tiene el tren? (máximo 40 palabras)", "asks for at most 40 words"),
    ("¿Qué ventajas tiene el tren? No más de cincuenta palabras.", "asks for at most 50 words"),
    ("Explica la fotosíntesis en 2 o 3 oraciones.", "asks for 2 to 3 sentences"),
    ("Dame un solo consejo para dormir mejor.", "asks for one point"),
    ("¿Tendría la amabilidad de resumir las causas del paro en dos frases?", "asks for 2 sentences"),
    ("¿Te importaría explicarme la inflación en una frase?", "asks for 1 sentence"),
    ("Explique a inflação em duas frases.", "asks for 2 sentences"),
    ("Quais são as vantagens do trem? No máximo 40 palavras.", "asks for at most 40 words"),
    ("Por que as aves migram? Uma frase só.", "asks for 1 sentence"),
]


@rows(("question", "reason"), WHOLE)
def test_length_of_the_whole_answer(question: str, reason: str) -> None:
    assert wishes(question).against_points() == reason


PLAN = [
    ("En pocas palabras, ¿qué causa la miopía?", "short"),
    ("¿Por qué bostezamos? Quiero una respuesta muy corta.", "short"),
    ("No te limites a una frase: ¿qué hábitos alargan la vida?", "in detail"),
    ("No solo una frase, por favor: ¿qué hábitos alargan la vida?", "in detail"),
    ("Dame cinco trucos para limpiar la cocina.", "5 points"),
    ("¿Cuáles son las 4 principales ventajas de leer?", "4 points"),
    ("Siete ideas para una fiesta infantil", "7 points"),
    ("Tres ventajas y dos desventajas de los perros", "5 points"),
    ("Nombra al menos 6 plantas de interior.", "at least 6 points"),
    ("Dame tres consejos para ahorrar, cada uno en una sola frase.", "3 points, 1 sentence each"),
    ("Consejos para ahorrar, una frase por consejo", "1 sentence each"),
    ("Cuatro beneficios del yoga con dos oraciones cada uno.", "4 points, 2 sentences each"),
    ("¿Qué beneficios tiene nadar? Explícalo brevemente.", "short"),
    ("Explica a fondo las causas de la Revolución francesa.", "in detail"),
    ("¿Qué llevar a la playa? Ponlo en viñetas.", "bullets"),
    ("Consejos para estudiar en una lista numerada.", "numbers"),
    ("¿Qué ventajas tiene leer? Contéstame en alemán.", "in de"),
    ("Explica las causas del insomnio en inglés, por favor.", "in en"),
    ("Dê cinco dicas para limpar a cozinha.", "5 points"),
    ("Três razões para aprender piano, uma frase para cada uma", "3 points, 1 sentence each"),
    ("Quais são as vantagens de ler? Responda em inglês.", "in en"),
    ("Explique detalhadamente as causas da Revolução Francesa.", "in detail"),
]


@rows(("question", "plan"), PLAN)
def test_wish_that_becomes_the_plan(question: str, plan: str) -> None:
    assert wishes(question).describe() == plan


@rows(("question", "plan"), PLAN)
def test_plan_leaves_room_for_a_list(question: str, plan: str) -> None:
    assert wishes(question).against_points() is None, plan


NO_WISH = [
    "¿Qué ventajas tiene JSON frente a XML?",
    "¿Por qué conviene guardar la configuración en YAML?",
    "¿Cuáles son los errores más comunes en HTML?",
    "Consejos para escribir un buen poema",
    "¿Cómo redactar una carta de presentación?",
    "¿Cómo crear una tabla en Excel?",
    "¿Qué características tiene un buen poema en prosa?",
    "No me lo resumas en una frase: ¿qué hábitos alargan la vida?",
    "No respondas con una sola palabra: ¿qué hábitos alargan la vida?",
    "¿Qué elementos hay en una tabla periódica?",
    "¿Por qué mi pareja solo responde con una palabra?",
    "¿Cómo se estructura un párrafo?",
    "¿Qué errores se cometen al escribir en prosa?",
    "Ventajas de trabajar sin listas de tareas",
    "Consejos para perder 3 kilos en dos semanas",
    "¿Qué hacer en Roma en cuatro días?",
    "¿Cómo mejorar mi pronunciación en inglés?",
    "¿Por qué me despidieron sin explicaciones?",
    "¿Cómo aprender 20 palabras al día?",
    "¿Qué función tiene el sujeto en una frase?",
    "¿Por qué la vida es como un poema?",
    "Explica los tiempos verbales en inglés.",
    "¿Por qué las noticias se resumen en una frase?",
    "¿Qué ventajas tienen las listas con viñetas?",
    "¿Cómo contar una historia en pocas palabras?",
    "Por que meu filho responde com uma palavra?",
    "Quais são as vantagens do JSON em relação ao XML?",
    "Dicas para escrever um bom poema",
    "Como criar uma tabela no Excel?",
    "Como melhorar minha pronúncia em inglês?",
    "Dicas para correr 5 km",
]


@rows("question", NO_WISH)
def test_subject_of_the_question_is_no_wish(question: str) -> None:
    assert wishes(question) == Wishes()


STANDING = [
    (("system", "Eres un asistente amable. Responde siempre en un solo párrafo."), "¿Cómo cuidar un gato?"),
    (("system", "Las respuestas deben ser en formato JSON."), "¿Cómo cuidar un gato?"),
    ("De ahora en adelante, respóndeme en una frase.", "¿Qué ventajas tiene el tren?"),
    (("system", "Tus respuestas tienen un máximo de 20 palabras."), "¿Cómo cuidar un gato?"),
    (("system", "Tus respuestas nunca superan las 30 palabras."), "¿Cómo cuidar un gato?"),
    (("system", "Cada respuesta consta de dos frases."), "¿Cómo cuidar un gato?"),
    ("¿Qué ventajas tiene el tren? En una tabla.", "¿Y qué hay del avión?"),
    ("No quiero más listas, escribe siempre párrafos.", "¿Qué ventajas tiene el tren?"),
    ("¿Qué ventajas tiene el tren? En una tabla.", "¿Y el avión?"),
    (("system", "Nunca use listas nem marcadores."), "Como cuidar de um gato?"),
    ("A partir de agora, responda em uma frase.", "Quais são as vantagens do trem?"),
    ("Quais são as vantagens do trem? Em uma tabela.", "E as do avião, quais são?"),
]


@rows("turns", STANDING)
def test_wish_of_an_earlier_turn_holds(turns: tuple[str | tuple[Role, str], ...]) -> None:
    assert wishes(*turns).against_points() is not None


LAPSED = [
    (("system", "Si el usuario pide una tabla, responde en una tabla."), "¿Cómo cuidar un gato?"),
    ("¿Qué ventajas tiene el tren? En una tabla.", "¿Cómo puedo dormir mejor por las noches?"),
    ("Contesta siempre en una frase.", "Ya puedes extenderte otra vez. ¿Qué ventajas tiene el tren?"),
    ("¿Capital de Perú? Solo el nombre.", "¿Y qué se puede visitar allí?"),
    ("Sí o no: ¿es sano el café?", "Y ¿por qué lo toma tanta gente?"),
    (("system", "En caso de saludo, responde en una frase."), "¿Cómo cuidar un gato?"),
    ("¿Capital de Perú? Solo el nombre.", "Dame razones para visitar Perú."),
    ("Qual é a capital do Peru? Só o nome.", "Quais são as razões para visitar o Peru?"),
]


@pytest.mark.parametrize("turns", LAPSED)
def test_wish_of_an_earlier_turn_lapses(turns: tuple[str | tuple[Role, str], ...]) -> None:
    assert wishes(*turns).against_points() is None


def test_number_of_points_as_a_range() -> None:
    assert wishes("Dame de 3 a 5 consejos para hablar en público.").count == Span(3, 5)


def test_missing_accents_do_not_matter() -> None:
    assert wishes("explicame la inflacion en un unico parrafo").form == "prose"


@pytest.mark.parametrize(
    "order",
    [
        "En adelante dame siempre seis puntos.",
        "A partir de ahora, limítate a seis puntos.",
        "Siempre seis puntos, por favor.",
    ],
)
def test_number_of_points_for_all_further_answers_holds(order: str) -> None:
    assert wishes(order, "¿Cómo organizar una mudanza?").count == Span(6, 6)
