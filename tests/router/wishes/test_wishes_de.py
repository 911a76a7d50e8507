"""German wishes: what makes an answer one piece, what a list fulfils, and what only looks like a wish."""

from __future__ import annotations

import pytest
from rows import rows

from sot.router.wishes import Wishes, read_wishes
from sot.router.wishes.wish import Span
from sot.types import Message, Role


def wishes(*turns: str | tuple[Role, str]) -> Wishes:
    """The wishes of a conversation; plain strings are the user's turns."""
    return read_wishes([Message("user", turn) if isinstance(turn, str) else Message(*turn) for turn in turns])


FORMS = [
    ("Als YAML: die Gründe für den Mauerfall", "yaml"),
    ("Gib mir die Vorteile von Solarstrom als JSON-Array zurück.", "json"),
    ("Welche Folgen hat Schlafmangel? Antworte in JSON.", "json"),
    ("Was spricht für Fahrräder? (als CSV)", "csv"),
    ("Könntest du die Vorteile von Yoga bitte im XML-Format ausgeben?", "xml"),
    ("Vorteile von Kaffee, JSON bitte", "json"),
    ("vor- und nachteile homeoffice tabelle bitte", "table"),
    ("Vor- und Nachteile einer Fernbeziehung tabellarisch", "table"),
    ("Mach mir eine Tabelle mit den Unterschieden zwischen Hund und Katze", "table"),
    ("Vergleiche Bus und Bahn in einer Tabelle.", "table"),
    ("Hallo, welche Vorteile hat Rudern als Tabelle?", "table"),
    ("Welche Vorteile hat Lesen? Fließtext, danke.", "prose"),
    ("Tipps gegen Lampenfieber, aber bitte ohne Aufzählung", "prose"),
    ("Wie spare ich Strom? Nicht als Liste bitte.", "prose"),
    ("Wie lerne ich Gitarre? Zähl bitte nichts auf.", "prose"),
    ("Was sind die Vorteile von Haustieren? Eine Liste will ich nicht.", "prose"),
    ("Was hilft gegen Kopfweh? Ein einziger Absatz.", "prose"),
    ("Nenne die Gründe für den Brexit, und zwar als zusammenhängenden Fließtext.", "prose"),
    ("Verfasse eine kurze Rede zu den Vorteilen des Sports.", "rede"),
    ("Kannst du mir ein Liebesgedicht schreiben?", "liebesgedicht"),
    ("Warum sind Bienen wichtig? Als Haiku bitte.", "haiku"),
    ("Kannst du die Vorteile von Tee in einem Tweet zusammenfassen?", "tweet"),
    ("Wärst du so lieb, mir die Gründe für den Mauerfall in einer Tabelle darzustellen?", "table"),
    ("Ich wäre dankbar, wenn Sie die Ursachen der Dürre als JSON ausgeben.", "json"),
    ("Darf ich Sie bitten, die Ursachen der Dürre als Fließtext darzustellen?", "prose"),
]


@rows(("question", "form"), FORMS)
def test_form_is_read(question: str, form: str) -> None:
    assert wishes(question).form == form


SHORT = [
    "Was ist der größte Nachteil von Zucker? In einem Wort.",
    "Lohnt sich ein Hund? Ja oder Nein genügt.",
    "Was ist das beste Hausmittel gegen Husten? Nenne nur den Namen.",
    "Wie viel ist 17 % von 430? Nur die Zahl.",
    "Welche Stadt ist am besten für Studenten? Keine Erklärung bitte.",
    "Nenne einen einzigen Vorteil von Glasfaser.",
]


@pytest.mark.parametrize("question", SHORT)
def test_answer_is_to_be_very_short(question: str) -> None:
    assert wishes(question).short


SIZES = [
    ("Nenne die Vorteile von Tee in maximal 25 Wörtern.", "words", Span(None, 25)),
    ("Warum reisen Menschen? Max. 50 Wörter bitte.", "words", Span(None, 50)),
    ("Vorteile von Fahrradfahren, 20 Wörter max", "words", Span(None, 20)),
    ("Fasse die Vorteile von Homeoffice in einem Satz zusammen.", "sentences", Span(1, 1)),
    ("Photosynthese in zwei Sätzen", "sentences", Span(2, 2)),
    ("Erkläre, warum Schlaf wichtig ist, in drei Sätzen.", "sentences", Span(3, 3)),
    ("Was bewirkt Musik beim Lernen? In 2-3 Sätzen.", "sentences", Span(2, 3)),
    ("Warum ist Sport gesund? Nicht mehr als drei Sätze!", "sentences", Span(None, 3)),
    ("Fünf Tipps gegen Stress, jeweils ein Satz.", "each_sentences", Span(1, 1)),
    ("Vier Risiken von KI, pro Punkt maximal zwei Sätze.", "each_sentences", Span(None, 2)),
    ("Nenne drei Tipps und erkläre jeden in zwei Sätzen.", "each_sentences", Span(2, 2)),
    ("Fünf Gründe für Sport mit einem Satz Erklärung je Grund", "each_sentences", Span(1, 1)),
    ("Tipps fürs Zelten, jeweils nicht mehr als zwölf Wörter.", "each_words", Span(None, 12)),
    ("Nenne mir sieben Ideen für ein Geschenk.", "count", Span(7, 7)),
    ("Ich brauche drei bis fünf Ideen für den Kindergeburtstag.", "count", Span(3, 5)),
    ("Die 10 besten Sehenswürdigkeiten in Wien", "count", Span(10, 10)),
    ("Drei Vorteile und zwei Nachteile von Airbnb", "count", Span(5, 5)),
    ("Nenne je drei Vor- und Nachteile von Elektroautos.", "count", Span(6, 6)),
    ("Mindestens sechs Gründe für Bewegung bitte", "count", Span(6, None)),
    ("Welche Tipps hast du für Rom? Bitte genau acht.", "count", Span(8, 8)),
]


@rows(("question", "field", "size"), SIZES)
def test_size_is_read(question: str, field: str, size: Span) -> None:
    assert getattr(wishes(question), field) == size


@rows("question", [question for question, field, _ in SIZES if field.startswith(("each", "count"))])
def test_size_of_points_leaves_a_list(question: str) -> None:
    assert wishes(question).against_points() is None


STYLES = [
    ("Was braucht man fürs Camping? In Stichpunkten.", "mark", "bullets"),
    ("Erstelle eine nummerierte Liste mit Tipps zum Backen.", "mark", "numbers"),
    ("Wie pflegt man Rosen? Gliedere die Antwort mit Zwischenüberschriften.", "mark", "headings"),
    ("Wie pflegt man Rosen? Ohne Markdown.", "mark", "plain"),
    ("Erkläre mir detailliert die Ursachen der Französischen Revolution.", "length", "long"),
    ("Was hilft gegen Kater? Kurz und knapp.", "length", "short"),
    ("Was ist der wichtigste Grund für Stress? Kurze Antwort bitte.", "length", "short"),
    ("Erklär mir in wenigen Worten die Ursachen von Ebbe und Flut.", "length", "short"),
    ("Begnüge dich nicht mit einem Satz: Wie entsteht Rheuma?", "length", "long"),
    ("Bitte nicht nur ein Satz: Wie entsteht Rheuma?", "length", "long"),
    ("Welche Vorteile hat Tee? Antworte auf Englisch.", "language", "en"),
    ("Nenne die Gründe in französischer Sprache.", "language", "fr"),
    ("Erkläre mir die Vorteile von Tee, als wäre ich fünf.", "audience", "ein fünfjähriges Kind"),
]


@rows(("question", "field", "value"), STYLES)
def test_style_of_a_list_is_read(question: str, field: str, value: str) -> None:
    found = wishes(question)
    assert (getattr(found, field), found.against_points()) == (value, None)


TRAPS = [
    "Welche Vorteile hat JSON gegenüber XML?",
    "Warum ist JSON besser als XML?",
    "Wie speichere ich Einstellungen als JSON?",
    "Welche Merkmale hat ein gutes Gedicht in Prosa?",
    "Fass es mir nicht in einem Satz zusammen: Welche Gewohnheiten verlängern das Leben?",
    "Welche Datentypen gibt es in JSON?",
    "Wie schreibe ich Kommentare in YAML?",
    "Erkläre, wie man Notizen als Tabelle darstellt.",
    "Wie erstelle ich in Excel eine Tabelle?",
    "Was gehört in einen tabellarischen Lebenslauf?",
    "Warum hassen Schüler Ein-Wort-Antworten?",
    "Warum antworten Teenager nur mit einem Wort?",
    "Warum ist Fließtext schwerer zu lesen als Stichpunkte?",
    "Warum mögen manche Leute keine Listen?",
    "Welche Vorteile hat ein Leben ohne Listen?",
    "Wie viele Sätze stehen in einem Absatz?",
    "Wie stelle ich mich in drei Sätzen vor?",
    "Nenne Tipps, wie man ein Buch in 100 Wörtern zusammenfasst.",
    "Ich möchte ein Gedicht schreiben. Hast du Tipps?",
    "Gib mir Tipps für einen Liebesbrief.",
    "Wie kündigt man ohne Begründung?",
    "Homeoffice – ja oder nein?",
    "Was spricht für Sport? Eine Tabelle ist nicht nötig.",
    "Was hilft gegen Stress? JSON brauche ich nicht.",
    "Wie nehme ich ab? Es muss keine Liste sein.",
]


@rows("question", TRAPS)
def test_form_that_the_question_is_about_is_no_wish(question: str) -> None:
    assert wishes(question).against_points() is None


NO_COUNTS = [
    "Wie trainiere ich für einen 10-km-Lauf?",
    "Ich habe zwei Kinder. Welche Spiele eignen sich für draußen?",
    "Was sollte ich für 3 Tage Berlin einpacken?",
    "Welche Vorteile hat die Zwei-Faktor-Anmeldung?",
]


@pytest.mark.parametrize("question", NO_COUNTS)
def test_number_of_something_else_is_no_number_of_points(question: str) -> None:
    assert wishes(question).count is None


STANDING: list[tuple[str | tuple[Role, str], ...]] = [
    (("system", "Antworte ausschließlich mit JSON."), "Welche Vorteile hat Kompost?"),
    (("system", "Formatiere jede Antwort als Tabelle."), "Unterschiede zwischen Kaffee und Tee?"),
    (("system", "Keine Listen, keine Aufzählungen."), "Wie werde ich produktiver?"),
    (("system", "Deine Antworten dürfen maximal 30 Wörter lang sein."), "Was sind Vorteile von Katzen?"),
    (("system", "Beantworte jede Frage mit genau einem Wort."), "Was sind die Vorteile von Lesen?"),
    ("Antworte ab jetzt nur noch in einem Satz.", "Welche Tipps gibt es gegen Langeweile?"),
    ("Von jetzt an möchte ich nur noch Tabellen.", "Was sind Vorteile von Tee?"),
    ("Was ist Glück? Und von nun an bitte immer ohne Stichpunkte.", "Wie werde ich glücklicher?"),
    ("Welche Vorteile hat Sport im Sommer? Bitte als Tabelle.", "Und im Winter?"),
    ("Welche Vorteile hat Sport im Sommer? Bitte als Tabelle.", "Und wie sieht es im Winter aus?"),
]


@pytest.mark.parametrize("turns", STANDING)
def test_order_about_every_answer_holds(turns: tuple[str | tuple[Role, str], ...]) -> None:
    assert wishes(*turns).against_points() is not None


PASSED: list[tuple[str | tuple[Role, str], ...]] = [
    (("system", "Wenn eine Tabelle verlangt wird, antworte als Tabelle."), "Was bringt Yoga?"),
    (("system", "Nutze bei Bedarf Tabellen oder JSON."), "Was sind die Vorteile von Yoga?"),
    ("Nenne mir den höchsten Berg, nur den Namen.", "Welche Tipps gibt es fürs Bergsteigen?"),
    ("Warum ist Kochen immer so stressig? Ein Satz bitte.", "Welche Tipps gibt es fürs Kochen?"),
    ("Ab jetzt nur ein Satz pro Antwort.", "Du darfst wieder normal antworten. Was bringt Tee?"),
    ("Antworte nur noch in einem Satz.", "Vergiss die Regel mit einem Satz. Was bringt Tee?"),
    ("Sag mir in einem Wort, wie die Hauptstadt von Peru heißt.", "Und was sollte man dort sehen?"),
    ("Ja oder nein: Ist Kaffee gesund?", "Und warum trinken ihn so viele?"),
    (("system", "Fragt der Kunde nach der Uhrzeit, antworte in einem Satz."), "Was bringt Yoga?"),
    ("Keine Listen mehr.", "Welche Tipps hast du fürs Lernen? Diesmal wieder als Liste."),
]


@pytest.mark.parametrize("turns", PASSED)
def test_order_that_does_not_hold_now_is_left(turns: tuple[str | tuple[Role, str], ...]) -> None:
    assert wishes(*turns).against_points() is None


@pytest.mark.parametrize(
    "order",
    [
        "Gib mir künftig immer genau fünf Punkte.",
        "Ab jetzt immer fünf Punkte, bitte.",
        "Beschränk dich ab sofort auf fünf Punkte.",
    ],
)
def test_number_of_points_for_all_further_answers_holds(order: str) -> None:
    assert wishes(order, "Wie lerne ich Schwedisch?").count == Span(5, 5)
