"""French and Italian wishes about the form, length and number of an answer, on inputs of our own."""

from __future__ import annotations

import pytest
from rows import rows

from sot.router.wishes import Wishes, read_wishes
from sot.types import Message, Role


def read(*turns: str, system: str | None = None) -> Wishes:
    """The wishes of a conversation whose turns are the user's and the assistant's by turns."""
    roles: tuple[Role, Role] = ("user", "assistant")
    messages = [Message(roles[i % 2], turn) for i, turn in enumerate(turns)]
    return read_wishes([Message("system", system), *messages] if system is not None else messages)


ONE_PIECE_FR = [
    # Data.
    "Donne-moi les causes de l'inflation au format YAML.",
    "Les bienfaits de la lecture (en JSON, stp)",
    "Pourriez-vous lister les métiers d'avenir en CSV ?",
    "Format de sortie : JSON. Quels sont les risques de la plongée ?",
    "En XML, les avantages du train.",
    "renvoie un objet json avec les bienfaits du yoga",
    "Quels sont les dangers du sucre ? JSON uniquement.",
    # Tables.
    "Compare le vélo et la voiture dans un tableau.",
    "Fais-moi un tableau des avantages et des inconvénients du télétravail.",
    "Peux-tu présenter les différences entre un chat et un chien sous forme de tableau ?",
    "location ou achat d'un logement ? tableau svp",
    "J'aimerais un tableau comparatif des énergies renouvelables.",
    "Quels sont les atouts de Lyon et de Nantes, en tableau à deux colonnes ?",
    # One text.
    "Explique les effets du stress en un seul paragraphe.",
    "Quels sont les avantages du marché local ? Un paragraphe suffit.",
    "Comment entretenir un vélo (un court paragraphe)",
    "Réponds en texte continu : pourquoi voyager ?",
    "Pourquoi apprendre le piano ? Je préfère de la prose.",
    "Merci de rédiger en paragraphes : quelles sont les causes de la déforestation ?",
    "Pourquoi lire ? D'un seul bloc, merci.",
    "Quelles sont les causes de l'exode rural ? Surtout pas de puces.",
    "Quels sont les bienfaits du thé, sans liste ?",
    "Comment réduire ses déchets ? Évite les listes à puces.",
    "Parle-moi des effets du bruit sans faire de liste.",
    "Explique les avantages du compost sous forme de texte plutôt qu'une liste.",
    # Writings.
    "Explique les dangers du tabac sous la forme d'un dialogue.",
    "Rédige un discours sur les bienfaits de l'amitié.",
    "Pouvez-vous m'écrire un poème sur les raisons d'aimer l'automne ?",
    "Donne-moi les avantages du covoiturage en vers.",
    "Raconte-moi une histoire sur les conseils d'un grand-père.",
    # Few words, few sentences.
    "Quels sont les effets du soleil sur la peau ? En deux phrases.",
    "Pourquoi faire du sport, en une seule phrase ?",
    "Les causes de la pollution, trois lignes max",
    "Résume les causes de la guerre froide en moins de cinquante mots.",
    "Quelles sont les qualités d'un bon chef ? 40 mots au maximum.",
    "En un mot, pourquoi méditer ?",
    "Quel est le meilleur sport pour le dos ? Juste le nom.",
    "Le chocolat est-il bon pour la santé, oui ou non ?",
    "Pourquoi le ciel est-il bleu ? Réponse en 20 mots.",
    "Donne-moi un seul conseil pour mieux courir.",
    "reponds en une phrase stp : pourquoi recycler ?",
    "Quel est l'animal le plus rapide ? Sans explication.",
    "Auriez-vous la gentillesse de résumer les causes de l'inflation en deux phrases ?",
    "Ce serait gentil de m'expliquer l'inflation en une phrase.",
    "Quels sont les avantages du vélo, au format CSV ?",
    "Je vous prie de m'exposer les causes du chômage en un seul paragraphe.",
]


@rows("question", ONE_PIECE_FR)
def test_a_french_wish_for_one_piece_rules_out_points(question: str) -> None:
    assert read(question).against_points() is not None


TRAPS_FR = [
    "Quels sont les avantages de JSON par rapport à XML ?",
    "Quels sont les avantages du YAML par rapport au JSON ?",
    "Quels sont les avantages du format CSV par rapport à Excel ?",
    "En quoi le format JSON est-il préférable au XML ?",
    "Pourquoi préférer le YAML au JSON ?",
    "Quels sont les plus beaux romans en vers ?",
    "Ne me résume pas ça en une phrase : quels sont les effets du sport ?",
    "Comment stocker des données de capteurs en JSON ?",
    "Comment convertir un fichier Excel en CSV ?",
    "Mon application enregistre tout en YAML. Quels sont les risques ?",
    "Donne-moi des conseils pour écrire un poème.",
    "Quelles sont les étapes pour peindre un tableau à l'huile ?",
    "Comment créer un bon tableau de bord ?",
    "Pourquoi les écrivains choisissent-ils d'écrire en prose ?",
    "Comment bien structurer un paragraphe ?",
    "Comment faire ses courses sans liste ?",
    "Pourquoi ne faut-il pas faire de liste de résolutions ?",
    "Quels sont les bienfaits d'un régime en trois semaines ?",
    "Comment apprendre 50 mots de vocabulaire par jour ?",
    "Quelles sont les règles d'une lettre de motivation réussie ?",
    "Comment répondre en une phrase à un recruteur ?",
    "Comment aider un enfant de 2 ans à dormir ?",
    "Que penser des questions auxquelles on répond par oui ou non ?",
    "Conseils pour rédiger un discours de mariage",
    "Comment se résumer en un mot lors d'un entretien ?",
    "Pourquoi les sms de moins de 20 mots sont-ils si populaires ?",
    "Quels sont les avantages des tableaux croisés dynamiques ?",
    "Comment raconter une histoire à un enfant ?",
    "Quelles sont les limites d'une réponse courte à une question complexe ?",
    "Comment organiser un voyage de dix jours pour deux personnes ?",
    "Donne-moi des idées d'histoires pour enfants.",
    "Quels sont les points forts des romans en vers ?",
]


@rows("question", TRAPS_FR)
def test_a_form_that_a_french_question_is_about_is_no_wish(question: str) -> None:
    assert read(question).against_points() is None


PLANS_FR = [
    ("Donne-moi cinq astuces pour mieux dormir, une phrase chacune.", "5 points, 1 sentence each"),
    ("Cite trois raisons de voyager, chacune en deux phrases.", "3 points, 2 sentences each"),
    ("Quels sont les bienfaits de l'eau ? Une phrase par point.", "1 sentence each"),
    ("Trois avantages et trois inconvénients du télétravail", "6 points"),
    ("Propose-moi une dizaine d'idées de cadeaux.", "10 points"),
    ("Quelles sont les 7 meilleures façons d'économiser ?", "7 points"),
    ("Donne-moi 3 ou 4 conseils pour un entretien.", "3 to 4 points"),
    ("Nomme quatre fruits d'hiver et explique chacun en 20 mots.", "4 points, 20 words each"),
    ("Comment apprendre l'arabe ? Réponds avec des puces.", "bullets"),
    ("Comment monter une tente ? Sous forme de liste numérotée.", "numbers"),
    ("Présente les effets du café avec des titres.", "headings"),
    ("Quels sont les effets de la musique ? Pas de markdown.", "plain"),
    ("Explique en détail les causes de la crise de 1929.", "in detail"),
    ("Quelles sont les causes du bruit ? Sois bref.", "short"),
    ("Quels sont les avantages du bois ? Explique-le en quelques mots.", "short"),
    ("Quels sont les effets du café ? Réponse très courte.", "short"),
    ("Ne te limite pas à un paragraphe : quels sont les effets du fer ?", "in detail"),
    ("Pas juste une phrase, s'il te plaît : quels sont les effets du fer ?", "in detail"),
    ("Pourquoi planter des arbres ? Réponds en espagnol, s'il te plaît.", "in es"),
    ("Quels conseils pour courir ? Au moins huit conseils.", "at least 8 points"),
    ("Les avantages du vélo, un paragraphe par avantage", "3 to 5 sentences each"),
]


@rows(("question", "plan"), PLANS_FR)
def test_a_french_wish_that_points_fulfil_is_read_as_the_plan(question: str, plan: str) -> None:
    wishes = read(question)
    assert (wishes.against_points(), wishes.describe()) == (None, plan)


STANDING_FR = [
    "Réponds toujours en JSON.",
    "Tu es un assistant vocal. Tes réponses doivent tenir en une phrase.",
    "Tu réponds en prose, jamais sous forme de liste.",
    "Pas de listes à puces. Parle comme un ami.",
    "L'assistant répond en 30 mots maximum.",
    "Répondre uniquement par oui ou non.",
    "Toutes les réponses sont présentées dans un tableau.",
    "Tes réponses ne dépassent jamais deux phrases.",
]


@pytest.mark.parametrize("system", STANDING_FR)
def test_a_french_system_prompt_about_every_answer_holds(system: str) -> None:
    assert read("Quels sont les bienfaits de la marche ?", system=system).against_points() is not None


@pytest.mark.parametrize(
    "system",
    [
        "Si l'utilisateur demande un tableau, réponds sous forme de tableau.",
        "Tu es un expert des formats JSON et XML.",
        "Utilise du code uniquement quand c'est nécessaire.",
        "Tu aides des auteurs à écrire en vers.",
        "Pour une salutation, réponds en une phrase.",
    ],
)
def test_a_french_system_prompt_about_some_answers_does_not_hold(system: str) -> None:
    assert read("Quels sont les bienfaits de la marche ?", system=system).against_points() is None


@pytest.mark.parametrize(
    "order",
    [
        "À partir de maintenant, réponds en une phrase.",
        "Désormais, pas de listes.",
        "Fais des réponses en un paragraphe pour la suite, s'il te plaît.",
        "Réponds en YAML jusqu'à nouvel ordre.",
        "Dans toute cette discussion, réponds en une phrase.",
        "Jusqu'à la fin, réponds-moi sous forme de tableau.",
    ],
)
def test_a_french_order_for_all_further_answers_holds(order: str) -> None:
    assert read(order, "D'accord.", "Pourquoi apprendre à nager ?").against_points() is not None


def test_a_french_wish_for_one_answer_does_not_hold_for_the_next_question() -> None:
    turns = ("Pourquoi lire ? Réponds en une phrase.", "Pour rêver.", "Quels sont les effets du sucre ?")
    assert read(*turns).against_points() is None


def test_a_french_follow_up_keeps_the_wish_of_its_question() -> None:
    turns = ("Que faire à Lyon en été ? En un paragraphe.", "Flâner.", "Et en hiver ?")
    assert read(*turns).against_points() == "asks for flowing text"


@pytest.mark.parametrize(
    ("asked", "follow_up"),
    [
        ("En un mot, quelle est la monnaie du Danemark ?", "Et que visiter au Danemark en été ?"),
        ("Oui ou non, le café est-il sain ?", "Et quels sont ses effets sur le sommeil ?"),
    ],
)
def test_a_new_french_question_does_not_keep_the_wish_of_the_last(asked: str, follow_up: str) -> None:
    assert read(asked, "Oui.", follow_up).against_points() is None


@pytest.mark.parametrize(
    "order",
    [
        "À partir de maintenant, limite-toi à quatre points.",
        "Désormais, donne-moi toujours quatre points.",
    ],
)
def test_a_number_of_points_for_all_further_french_answers_holds(order: str) -> None:
    assert read(order, "Bien.", "Comment choisir une assurance ?").describe() == "4 points"


def test_a_french_rule_can_be_lifted() -> None:
    rule = ("Désormais, réponds en une phrase.", "Bien.")
    assert read(*rule, "Pourquoi lire ?").against_points() == "asks for 1 sentence"
    assert read(*rule, "Oublie la règle. Pourquoi lire ?").against_points() is None


ONE_PIECE_IT = [
    "Quali sono i benefici della lettura? In formato YAML.",
    "Metti in una tabella i pro e i contro dell'auto elettrica.",
    "Fammi una tabella dei vantaggi del mare e della montagna",
    "i vantaggi del treno (in JSON, per favore)",
    "Perché fare sport? Un solo paragrafo.",
    "Spiega in un paragrafo le cause dell'insonnia.",
    "Perché andare a teatro? Niente elenchi, un testo scorrevole.",
    "Quali sono gli effetti del rumore? Senza elenchi puntati.",
    "Perché imparare il cinese? In prosa, grazie.",
    "Quali sono le cause del traffico, in una frase?",
    "Quali sono i rischi del sale? Massimo due frasi.",
    "Spiega in meno di 40 parole perché riposare è importante.",
    "Il cioccolato fa male? Sì o no.",
    "Qual è l'animale più veloce? Solo il nome.",
    "In una parola, perché meditare?",
    "Scrivi un discorso sui vantaggi dell'amicizia.",
    "Spiega i pericoli del mare in rima.",
]


@rows("question", ONE_PIECE_IT)
def test_an_italian_wish_for_one_piece_rules_out_points(question: str) -> None:
    assert read(question).against_points() is not None


TRAPS_IT = [
    "Quali sono i vantaggi di YAML rispetto a JSON?",
    "Come esportare i contatti in CSV?",
    "Come scrivere una lettera di reclamo?",
    "Consigli per comporre una canzone",
    "Come creare una tabella in Excel?",
    "Come fare la spesa senza lista?",
    "Come imparare 20 parole al giorno?",
    "Come presentarsi in due frasi?",
    "Perché i professori odiano le risposte di una parola?",
    "Quali sono i vantaggi della settimana di 4 giorni?",
    "Dammi dei consigli per scrivere un articolo.",
    "Cosa scrivere in una mail di scuse?",
    "Quali sono le differenze tra un sonetto e una ballata?",
]


@rows("question", TRAPS_IT)
def test_a_form_that_an_italian_question_is_about_is_no_wish(question: str) -> None:
    assert read(question).against_points() is None


PLANS_IT = [
    ("Dammi cinque idee per il fine settimana, una frase ciascuna.", "5 points, 1 sentence each"),
    ("Elenca tre motivi per correre, ognuno in due frasi.", "3 points, 2 sentences each"),
    ("Due vantaggi e due svantaggi della bici", "4 points"),
    ("Quali sono gli effetti del sole? Con un elenco puntato.", "bullets"),
    ("Come piantare un albero? Elenco numerato.", "numbers"),
    ("Spiega in dettaglio gli effetti della musica.", "in detail"),
    ("Quali sono gli effetti del tè? Rispondi in francese.", "in fr"),
]


@pytest.mark.parametrize(("question", "plan"), PLANS_IT)
def test_an_italian_wish_that_points_fulfil_is_read_as_the_plan(question: str, plan: str) -> None:
    wishes = read(question)
    assert (wishes.against_points(), wishes.describe()) == (None, plan)


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        ("Rispondi sempre con una tabella.", "asks for a table"),
        ("Non usare mai elenchi.", "asks for flowing text"),
        ("Ogni risposta deve avere al massimo due frasi.", "asks for at most 2 sentences"),
        ("Se l'utente chiede una tabella, rispondi con una tabella.", None),
        ("Aiuti gli autori a scrivere in versi.", None),
    ],
)
def test_an_italian_system_prompt_holds_where_it_is_about_every_answer(
    system: str, reason: str | None
) -> None:
    assert read("Perché andare in bici?", system=system).against_points() == reason


def test_an_italian_order_for_all_further_answers_holds() -> None:
    turns = ("D'ora in poi rispondi in una frase.", "Va bene.", "Perché andare in bici?")
    assert read(*turns).against_points() == "asks for 1 sentence"
