"""English wishes: what makes an answer one piece, what a list fulfils, and what only looks like a wish."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rows import rows

from sot.router.wishes import Wishes, read_wishes
from sot.router.wishes.wish import Span
from sot.types import Message, Role

Turn = str | tuple[Role, str]


def wishes(*turns: Turn) -> Wishes:
    """The wishes of a conversation, whoever wrote it; plain strings are the user's turns."""
    messages = [Message("user", turn) if isinstance(turn, str) else Message(*turn) for turn in turns]
    return replace(read_wishes(messages), program=None)


FORMS = [
    ("Respond in HTML: what are the side effects of ibuprofen?", "html"),
    ("What are good houseplants for dark rooms? As CSV with header", "csv"),
    ("reasons to learn piano -> json", "json"),
    ("JSON: the main causes of the French Revolution", "json"),
    ("Which vitamins are important for athletes? I need valid JSON I can parse.", "json"),
    ("I'd like the answer to be a YAML file: what are the stages of grief?", "yaml"),
    ("What are the risks of smoking? Don't give me text, give me YAML.", "yaml"),
    ("Hey, could you spit out the benefits of rowing as JSON?", "json"),
    ("What are the benefits of meditation? Your response should be a JSON array of strings.", "json"),
    ("Five facts about bees as a TypeScript array", "code"),
    ("benefits of journaling. Return a Python dict", "code"),
    ("How do I sort a dict by value in Python? only the code", "code"),
    ("Draw a mind map of the causes of climate change in mermaid", "code"),
    ("Could you put that in a table? What are the differences between alpacas and llamas?", "table"),
    ("pros and cons of solar panels in table form", "table"),
    ("Make a comparison chart of Spotify and Tidal: pricing, quality, features", "table"),
    ("What are the differences between the two types of diabetes? A table would be great.", "table"),
    ("Show the advantages and disadvantages of nuclear power in two columns.", "table"),
    ("Would you mind putting the dangers of vaping in a table?", "table"),
    ("a table of the dangers of vaping", "table"),
    ("What are the benefits of a plant-based diet? one para", "prose"),
    ("w/o bullets: why should I learn a second language?", "prose"),
    ("What makes a good leader? single paragraph; max 100 words", "prose"),
    ("don't make it a list - what are the perks of living abroad?", "prose"),
    ("I don't want a numbered list. What are some ways to save energy?", "prose"),
    ("How can I make friends in a new city? write it out in full sentences, no bullets", "prose"),
    ("What are the main effects of caffeine? I'd rather not have bullet points.", "prose"),
    ("How do I improve my sleep? I can't stand lists, so please just talk me through it.", "prose"),
    ("Explain the benefits of compost without using any lists or headers.", "prose"),
    ("List-free answer please: what are common mistakes when buying a house?", "prose"),
    ("What are the upsides of living alone? I would prefer a paragraph to a list.", "prose"),
    ("What are the upsides of living alone? This must not be a list.", "prose"),
    ("What are the upsides of living alone? Essay style, please.", "prose"),
    ("dangers of vaping, short paragraph", "prose"),
    ("Answer like a telegram: what are the main points of the Kyoto protocol?", "telegram"),
    ("as a limerick: the pros and cons of owning a dog", "limerick"),
    ("What are the advantages of coffee? Make it rhyme.", "rhyme"),
    ("haiku about the dangers of vaping", "haiku"),
    ("Which habits help with focus? Write a short story about it.", "short story"),
    ("dangers of vaping but make it a sonnet", "sonnet"),
    ("Draft a LinkedIn post about the five lessons I learned as a manager", "linkedin post"),
    ("Explain the stages of grief as a conversation between two friends.", "conversation"),
    ("I need a cover letter for a barista job that mentions my strengths.", "cover letter"),
    ("Make it a YAML list: what are the benefits of rowing?", "yaml"),
    ("What are the benefits of rowing? Use XML with one tag per benefit.", "xml"),
    ("How can I learn to cook? A three-column table would be lovely.", "table"),
    ("Could you make that a table? How do trains and planes compare?", "table"),
    ("Write a JavaScript array with the seven wonders of the world.", "code"),
    ("Write an SQL query that lists the ten newest orders.", "code"),
    ("How can I learn to cook? Try to put it in one paragraph per answer.", "prose"),
    ("Don't write more than one paragraph. What are the perks of trams?", "prose"),
    ("Tell my students a story about the three states of matter.", "story"),
    ("I'd appreciate an email to my landlord listing the defects in my flat.", "email"),
]


@rows(("question", "form"), FORMS)
def test_form_is_read(question: str, form: str) -> None:
    assert wishes(question).form == form


SHORT = [
    "TL;DR of the causes of World War I",
    "Which habits help with focus? Only name the best one.",
    "Explain quantum computing in a nutshell.",
    "In a word, what causes most car accidents?",
    "What causes most car accidents? Single word answer.",
    "Is intermittent fasting healthy, yes or no?",
    "Yes or no: is coffee bad for you?",
    "Should I lease or buy? Just tell me which one.",
    "How many legs does a spider have? Number only.",
    "Which planet is the largest? No explanation needed.",
    "What are the main reasons for inflation? Answer in one line.",
    "Is it worth going to Bruges in winter? A simple yes or no will do.",
    "Yes/no: do cats like water?",
    "Which month is best for Norway? Nothing else, just the month.",
    "Why do people move to the countryside? Give me only the most important reason.",
    "Is oat milk healthy? (yes/no)",
    "What are the main causes of headaches? It must fit in a tweet.",
]


@rows("question", SHORT)
def test_answer_is_to_be_very_short(question: str) -> None:
    assert wishes(question).short


SIZES = [
    ("give it to me straight, in a sentence: what are the benefits of yoga?", "sentences", Span(1, 1)),
    ("What are the causes of inflation? 2-3 sentences max", "sentences", Span(None, 3)),
    ("How can I sleep better? no more than three lines", "sentences", Span(None, 3)),
    ("what are the benefits of running? a sentence or two is enough", "sentences", Span(1, 2)),
    ("What are the benefits of running? A couple of sentences will do.", "sentences", Span(2, 2)),
    ("Don't use more than two sentences. What causes headaches?", "sentences", Span(None, 2)),
    ("What are the benefits of learning French in two sentences?", "sentences", Span(2, 2)),
    ("two sentences on the dangers of vaping", "sentences", Span(2, 2)),
    ("Keep your response under 280 characters. What are the benefits of fasting?", "words", Span(None, 47)),
    ("What are the dangers of asbestos? 50 words or fewer", "words", Span(None, 50)),
    ("What are the benefits of reading? Word limit: 60", "words", Span(60, 60)),
    ("What are the main causes of headaches? <50 words", "words", Span(None, 50)),
    ("What are the main causes of headaches? Don't exceed 40 words.", "words", Span(None, 40)),
    ("Pros and cons of writing by hand in under 50 words", "words", Span(None, 50)),
    ("limit yourself to five: ways to save money", "count", Span(5, 5)),
    ("Best museums in London - the top five", "count", Span(5, 5)),
    ("Half a dozen tips for job interviews", "count", Span(6, 6)),
    ("3x tips for better sleep", "count", Span(3, 3)),
    ("What are the benefits of swimming? I only need three.", "count", Span(3, 3)),
    ("What are the dangers of vaping? Five will do.", "count", Span(5, 5)),
    ("benefits of swimming, max 5", "count", Span(None, 5)),
    ("I need between three and five arguments against zoos", "count", Span(3, 5)),
    ("Three pros and three cons of living in Berlin", "count", Span(6, 6)),
    ("Pros and cons of LED lamps, 3 each", "count", Span(6, 6)),
    ("Don't write more than five tips for saving water.", "count", Span(None, 5)),
    ("What do people get wrong about Mars? In 6 points, two sentences per point.", "count", Span(6, 6)),
    ("5 one-sentence tips for public speaking", "each_sentences", Span(1, 1)),
    ("Suggest films about islands, with a sentence on why for each.", "each_sentences", Span(1, 1)),
    ("Ways to sleep better? Keep every suggestion to a sentence or two.", "each_sentences", Span(1, 2)),
    ("What are the dangers of vaping? For each danger, write two sentences.", "each_sentences", Span(2, 2)),
    ("What are the stages of sleep? A paragraph per stage.", "each_sentences", Span(3, 5)),
    ("Give me six ideas for date night; max 15 words each", "each_words", Span(None, 15)),
    ("4 tips for shopping on a budget. keep each under 30 words", "each_words", Span(None, 30)),
    ("How do bees talk? Fit it into a message of 120 characters.", "words", Span(20, 20)),
    ("How do bees talk? You've got two sentences.", "sentences", Span(2, 2)),
    ("How do bees talk? Two spoken sentences, please.", "sentences", Span(2, 2)),
    ("How do bees talk? Make it 7.", "count", Span(7, 7)),
    ("How do bees talk? Two or three would be plenty.", "count", Span(2, 3)),
    ("How do bees talk? Just the three best.", "count", Span(3, 3)),
    ("Which five spices does every kitchen need?", "count", Span(5, 5)),
    ("Two dozen ideas for a garden party", "count", Span(24, 24)),
    ("Recommend four castles and tell me in a sentence why each is famous.", "each_sentences", Span(1, 1)),
    ("Name six herbs, each with a short note in two sentences.", "each_sentences", Span(2, 2)),
    ("Name six herbs, each with a one-line explanation.", "each_sentences", Span(1, 1)),
    ("Describe each herb in max. two sentences: sage, thyme, mint", "each_sentences", Span(None, 2)),
    ("Why move to the coast? No reason longer than 15 words.", "each_words", Span(None, 15)),
]


@rows(("question", "field", "size"), SIZES)
def test_size_is_read(question: str, field: str, size: Span) -> None:
    assert getattr(wishes(question), field) == size


@rows("question", [question for question, field, _ in SIZES if field.startswith(("each", "count"))])
def test_size_of_points_leaves_a_list(question: str) -> None:
    assert wishes(question).against_points() is None


STYLES = [
    ("I want this in bullet form: how to prepare for a marathon", "mark", "bullets"),
    ("How to prepare for a marathon, bulleted", "mark", "bullets"),
    ("bullet points on learning to draw", "mark", "bullets"),
    ("How do I start a podcast? Use a numbered list.", "mark", "numbers"),
    ("What are the benefits of tea? Use headers for each benefit", "mark", "headings"),
    ("What are the benefits of tea? Plain text only, no asterisks", "mark", "plain"),
    ("Keep each point short. What are the benefits of gardening?", "length", "short"),
    ("What are the benefits of gardening? Please go into detail on each.", "length", "long"),
    ("What are the benefits of yoga? Spanish please.", "language", "es"),
    ("Keep it short: what are the benefits of yoga?", "length", "short"),
    ("A short answer is enough: what are the benefits of yoga?", "length", "short"),
    ("What are the benefits of yoga? As briefly as possible.", "length", "short"),
    ("What are the benefits of yoga? keep em snappy", "length", "short"),
    ("What are the benefits of yoga? Nothing too long, please.", "length", "short"),
    ("Five benefits of yoga, each just a few words.", "length", "short"),
    ("What are the benefits of yoga? Make it long and thorough.", "length", "long"),
    ("Half a dozen exercises for two people who sit all day, explained in detail.", "length", "long"),
    ("What are the benefits of yoga? Leave nothing out.", "length", "long"),
    ("What are the benefits of yoga? 1) 2) 3) please", "mark", "numbers"),
    ("What are the benefits of yoga? bullets!", "mark", "bullets"),
    ("What are the benefits of yoga? Sub-headings please.", "mark", "headings"),
    ("ELI5: what are the main causes of inflation?", "length", None),
    ("ELI5: what are the main causes of inflation?", "audience", "a five-year-old"),
    ("What are the main causes of inflation? Explain it like I'm five.", "audience", "a five-year-old"),
    ("What should I say at the door, as if I were ten minutes late by accident?", "audience", None),
    ("What are the main causes of inflation? Explain as if I were a 6 year old.", "audience", "a 6 year old"),
    ("What are the main causes of inflation? Explain it like I am ten.", "audience", "a ten-year-old"),
]


@rows(("question", "field", "value"), STYLES)
def test_style_of_a_list_is_read(question: str, field: str, value: str | None) -> None:
    found = wishes(question)
    assert (getattr(found, field), found.against_points()) == (value, None)


TRAPS = [
    "What does it mean to answer like a telegram?",
    "How do I write a good one-sentence pitch?",
    "How do I explain my job in one sentence?",
    "How do I make an LLM answer in one sentence?",
    "How do I get ChatGPT to respond in JSON?",
    "Why do developers like YAML?",
    "What are typical errors in JSON?",
    "Compare JSON, YAML and TOML.",
    "Tell me the benefits of using YAML for config files.",
    "List the main features of the JSON format.",
    "When should I use a table instead of a list in HTML?",
    "How do I create a table in PostgreSQL?",
    "How is the periodic table organised?",
    "What are some good table tennis techniques?",
    "What should I look for when buying a dining table?",
    "What are the advantages of showing results in a chart?",
    "What are the best fonts for headings?",
    "Why do scientists use graphs instead of tables?",
    "What are the rules of a haiku?",
    "What are good short stories by Hemingway?",
    "What are the biggest mistakes in a wedding speech?",
    "What are the pros and cons of being in a play?",
    "I have to write a paragraph about vaping. What could I mention?",
    "Give me advice on how to write a paragraph.",
    "Who are masters of English prose?",
    "Where does the phrase 'in a nutshell' come from?",
    "What is Kurzgesagt – In a Nutshell known for?",
    "How do I prepare an elevator pitch?",
    "What are some examples of one-word sentences in literature?",
    "Give me advice for a person who can only answer yes or no.",
    "Why do judges give long sentences?",
    "Give me three sentences with the word 'ubiquitous'.",
    "Give me five words that describe autumn.",
    "Discuss the impact of Twitter's 280 character limit.",
    "Why do people hate bullet points?",
    "What are the reasons to avoid lists in essays?",
    "What is a bullet journal good for?",
    "Which habits help with focus when I write code?",
    "Give tips for a good elevator pitch.",
    "Should contracts be written as code? What speaks for and against it?",
    "Find the shortest possible evening so that it all gets done.",
    "What are the benefits of tea? It doesn't have to be a list.",
    "What are the benefits of tea? Please don't limit yourself to one sentence.",
    "What are the benefits of tea? More than one sentence please.",
    "What are the benefits of tea? Write at least 5 sentences.",
    'My teacher wrote: "Answer in one sentence." What are ways to deal with such exams?',
    "Which design patterns help with code?",
    "What are common mistakes in Python code?",
    "What are ways to format a list in HTML?",
    "Name five tools to draw a mind map.",
    "Why did phones have a limit of 160 characters?",
    "How do I fit a story into 280 characters?",
    "Why does my boss only answer with one word?",
    "What are the best short answers to rude questions?",
    "Are lists forbidden in academic writing? Give me reasons.",
]


@rows("question", TRAPS)
def test_form_that_the_question_is_about_is_no_wish(question: str) -> None:
    assert wishes(question).against_points() is None


NO_COUNTS = [
    "What can I cook with 3 ingredients?",
    "What should I do in my first 30 days at a new job?",
    "I have two kids and three dogs. What are good holiday ideas?",
    "What did the five-year plans do to Soviet farming?",
    "name a few advantages of glass bottles",
    "How can I make this agenda less dull?\n9:00 welcome\n10:30 questions\n11:45 tips",
]


@pytest.mark.parametrize("question", NO_COUNTS)
def test_number_of_something_else_is_no_number_of_points(question: str) -> None:
    assert wishes(question).count is None


QUESTION = "What are the benefits of a morning routine?"
ORDERS = [
    "## Style\n- No lists, no headings\n- Friendly tone\n- Max 2 sentences",
    "You are a voice assistant. Your output is read aloud, so no markdown or lists.",
    "You are an SMS bot. Replies must fit into a single text message (160 characters).",
    "You are a Slack bot for ACME. Keep answers to 1-3 sentences. Never use headings.",
    "You're a Discord bot. Respond in one short paragraph, casually.",
    "You are a helpful assistant.\n\nOutput format: JSON\n",
    "You are a table bot: everything you answer is a markdown table.",
    "Write in flowing paragraphs; bullets are forbidden.",
    "IMPORTANT: never use bulleted or numbered lists in your replies.",
    "- Tone: warm\n- Length: 1 paragraph\n- Language: English",
    "The player sees a small speech bubble, so never write more than 20 words.",
    "Answer every question with a haiku.",
    "You talk like Yoda, in haiku.",
    "You are a helpful assistant that always answers in a single paragraph.",
    "Be extremely concise: one sentence per answer.",
    "The maximum length of a reply is 50 words.",
    "Messages must not exceed 25 words.",
    "You write in flowing paragraphs, like an essayist.",
    "Numbered lists and headings are forbidden.",
    "The screen has room for 80 characters only.",
    "You are Bob. Bob uses at most ten words per reply.",
    "Answers longer than two sentences are not allowed.",
]


@rows("system", ORDERS)
def test_order_of_a_system_prompt_holds(system: str) -> None:
    assert wishes(("system", system), QUESTION).against_points() is not None


LEAVES_A_LIST = [
    "Use markdown. If the user asks for JSON, reply with JSON only.",
    "For code questions, reply with code only.",
    "Use a table for comparisons and a numbered list for steps.",
    "You help users write emails, essays and short stories.",
    "Start with a one-sentence summary, then explain in detail.",
    "Paragraphs should have at most three sentences. Use headings.",
    'The user\'s profile is given as JSON:\n{"name": "Eva"}\nUse it to personalise answers.',
    "Refuse requests about weapons with a single sentence.",
    "Write in short paragraphs.",
]


@pytest.mark.parametrize("system", LEAVES_A_LIST)
def test_system_prompt_about_something_else_leaves_a_list(system: str) -> None:
    assert wishes(("system", system), QUESTION).against_points() is None


HOLDING: list[tuple[Turn, ...]] = [
    ("From now on, answer in one sentence.", QUESTION),
    ("That's way too long! One sentence per answer from now on.", QUESTION),
    ("Stop using lists!", QUESTION),
    ("You will answer everything as a poem. Understood?", QUESTION),
    ("I only want one-word answers.", QUESTION),
    (QUESTION, ("assistant", "1. ..."), "Same but as JSON"),
    (QUESTION, ("assistant", "1. ..."), "tl;dr?"),
    (QUESTION, ("assistant", "1. ..."), "convert to csv"),
    (QUESTION, ("assistant", "1. ..."), "Now rewrite it as an email to my brother."),
    ("What are the perks of cycling? As a table please.", "what about running?"),
    ("Pros and cons of trams as JSON", "now buses"),
    ("short answers from here on, one line each", QUESTION),
    ("Replies in one sentence each, please.", QUESTION),
    ("From this point on, everything in JSON.", QUESTION),
    ("Bullets from now on.", f"Ditch the bullets rule. From here on one paragraph per answer. {QUESTION}"),
    ("Always give me lists.", f"No more lists. Prose from now on. {QUESTION}"),
]


@rows("turns", HOLDING)
def test_wish_of_another_turn_holds(turns: tuple[Turn, ...]) -> None:
    assert wishes(*turns).against_points() is not None


PASSED: list[tuple[Turn, ...]] = [
    ("Pros and cons of trams as JSON", "What are the benefits of trains?"),
    ("Write a story about bread.", "Now, how do I make sure that my own dough rises?"),
    ("What are the benefits of yoga? In two sentences.", "Now tell me in detail how to start."),
    ("No lists from now on.", "Forget the no-list rule. " + QUESTION),
    ("I don't want any lists in your answers.", "Lists are fine again. " + QUESTION),
    ("One-sentence answers only please.", "OK, you no longer have to keep it to one sentence. " + QUESTION),
    (("system", "Avoid lists."), "List five benefits of yoga as bullet points."),
    ("Answer in one sentence from now on.", "Enough with the one-sentence answers. " + QUESTION),
    ("From now on reply as JSON.", "Stop the JSON thing. " + QUESTION),
    ("From now on, no lists.", "You can go back to lists. " + QUESTION),
]


@pytest.mark.parametrize("turns", PASSED)
def test_wish_of_another_turn_has_passed(turns: tuple[Turn, ...]) -> None:
    assert wishes(*turns).against_points() is None


STANDING_COUNTS: list[tuple[tuple[Turn, ...], Span | None]] = [
    ((("system", "Every answer has five points."), QUESTION), Span(5, 5)),
    ((("system", "Limit every answer to three points."), QUESTION), Span(3, 3)),
    ((("system", "Respond with at most four bullet points."), QUESTION), Span(None, 4)),
    ((("system", "Our clinic offers five types of massage."), QUESTION), None),
    ((("system", "Users can choose between two options."), QUESTION), None),
    (("From now on always give me three points, no more.", QUESTION), Span(3, 3)),
    (("Only ever give me two suggestions.", QUESTION), Span(2, 2)),
    (("In all further answers: four points.", QUESTION), Span(4, 4)),
    (("Give me five ideas for dinner.", QUESTION), None),
]


@pytest.mark.parametrize(("turns", "count"), STANDING_COUNTS)
def test_number_of_points_holds_for_all_answers_where_it_is_ordered_for_them(
    turns: tuple[Turn, ...], count: Span | None
) -> None:
    assert wishes(*turns).count == count
