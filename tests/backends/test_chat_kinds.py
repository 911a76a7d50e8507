"""Chat templates that refuse, drop or open something: small ones, of the kinds that real models have."""

from __future__ import annotations

import pytest

pytest.importorskip("transformers")

from tiny_model import make_tokenizer

from sot.backends.in_process.chat_abilities import chat_abilities
from sot.backends.in_process.chat_template import encode_chat, encode_prompt
from sot.backends.in_process.thought_tokens import hidden_tokens
from sot.types import Message

TURNS = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</turn>{% endfor %}"
BEGINS = "{% if add_generation_prompt %}<assistant>{% endif %}"
OPENS = "{% if add_generation_prompt %}<assistant><reasoning>\n{% endif %}"
REFUSES_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
DROPS_SYSTEM = (
    "{% for m in messages %}{% if m.role != 'system' %}"
    "<{{ m.role }}>{{ m.content }}</turn>{% endif %}{% endfor %}"
)
SYSTEM_WITH_LAST_USER = (
    "{% for m in messages %}{% if m.role != 'system' %}<{{ m.role }}>"
    "{% if loop.last and m.role == 'user' and messages[0].role == 'system' %}"
    "{{ messages[0].content }}\n\n{% endif %}"
    "{{ m.content }}</turn>{% endif %}{% endfor %}"
)
ALTERNATES = (
    "{% set turns = messages | rejectattr('role', 'equalto', 'system') | list %}"
    "{% for m in turns %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{% endfor %}"
)
TRIMS = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}</turn>{% endfor %}"
PARTS = (
    "{% for m in messages %}<{{ m.role }}>{% for p in m.content %}{{ p.text }}{% endfor %}</turn>{% endfor %}"
)
NO_ASSISTANT = (
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ raise_exception('only questions') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}</turn>{% endfor %}"
)
CHANNELS = (
    "{% for m in messages %}<|start|>{{ m.role }}{% if m.role == 'assistant' %}<|channel|>final{% endif %}"
    "<|message|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}"
    "{# <|channel|>analysis<|message|> #}"
)
ASKED = [Message("user", "Why is bread sour?")]


def rendered(template: str, turns: list[Message], prefill: str | None = None, **how: bool | None) -> str:
    """The prompt as text."""
    tokenizer = make_tokenizer(template)
    return str(tokenizer.decode(encode_chat(tokenizer, turns, prefill, **how)))


class TestTurns:
    def test_system_messages_are_one(self):
        turns = [Message("system", "Be kind."), *ASKED, Message("system", "Be brief.")]
        assert rendered(TURNS, turns) == "<system>Be kind.\n\nBe brief.</turn><user>Why is bread sour?</turn>"

    @pytest.mark.parametrize("template", [REFUSES_SYSTEM + TURNS, DROPS_SYSTEM], ids=["refused", "dropped"])
    def test_system_text_goes_into_the_first_question(self, template):
        turns = [
            Message("system", "Be kind."),
            *ASKED,
            Message("assistant", "Acid."),
            Message("user", "Why?"),
        ]
        assert rendered(template, turns) == (
            "<user>Be kind.\n\nWhy is bread sour?</turn><assistant>Acid.</turn><user>Why?</turn>"
        )

    def test_a_template_that_takes_the_system_role_keeps_it(self):
        text = rendered(ALTERNATES + TURNS, [Message("system", "Be kind."), *ASKED])
        assert text.startswith("<system>Be kind.</turn><user>")

    def test_neighbours_of_one_role_are_one(self):
        turns = [*ASKED, Message("user", "And why is it brown?")]
        assert rendered(ALTERNATES + TURNS, turns) == (
            "<user>Why is bread sour?\n\nAnd why is it brown?</turn>"
        )

    @pytest.mark.parametrize("system", [[], [Message("system", "Be kind.")]], ids=["plain", "with_system"])
    def test_a_leading_answer_gets_a_question(self, system):
        turns = [*system, Message("assistant", "I bake."), *ASKED]
        text = rendered(ALTERNATES + TURNS, turns)
        assert text.index("<user>") < text.index("<assistant>I bake.</turn><user>Why is bread sour?</turn>")
        assert rendered(TURNS, turns).count("<user>") == 1  # only where it is needed

    def test_contents_are_parts_where_the_template_wants_parts(self):
        assert rendered(PARTS, ASKED) == "<user>Why is bread sour?</turn>"

    def test_what_refuses_every_form_is_an_error(self):
        with pytest.raises(Exception, match="never"):
            rendered("{{ raise_exception('never') }}", ASKED)


class TestStartedTurn:
    @pytest.mark.parametrize(
        "template",
        [
            TURNS + BEGINS,
            TURNS + OPENS,
            TRIMS + OPENS,
            REFUSES_SYSTEM + ALTERNATES + TURNS + OPENS,
            SYSTEM_WITH_LAST_USER + BEGINS,
            SYSTEM_WITH_LAST_USER + OPENS,
            DROPS_SYSTEM + OPENS,
            NO_ASSISTANT + OPENS,
            PARTS + OPENS,
        ],
    )
    @pytest.mark.parametrize("think", [None, False, True])
    def test_it_is_outside_every_block_and_nothing_is_lost(self, template, think):
        text = rendered(template, [Message("system", "Be kind."), *ASKED], "1. ", think=think)
        begun = text.rpartition("<assistant>")[2]
        assert begun.endswith("1. ")
        assert begun.count("<reasoning>") == begun.count("</reasoning>")
        assert "Be kind." in text
        assert "Why is bread sour?" in text

    def test_the_next_prompt_begins_with_it(self):
        begun = rendered(TURNS + OPENS, ASKED, "1.")
        later = rendered(TURNS + OPENS, [*ASKED, Message("assistant", "1. Acid"), Message("user", "Go on")])
        assert later.startswith(begun)

    def test_it_is_in_the_channel_of_answers(self):
        assert rendered(CHANNELS, ASKED, "1.").endswith("<|start|>assistant<|channel|>final<|message|>1.")

    @pytest.mark.parametrize("question", ["a", "reason", "<reasoning>", "ing>\n", "", " assistant \n"])
    def test_the_question_may_be_any_text(self, question):
        text = rendered(TURNS + OPENS, [Message("user", question)], "1.")
        assert text.startswith(f"<user>{question}</turn><assistant>")
        assert text.removeprefix(f"<user>{question}</turn>") == "<assistant>1."
        tokenizer = make_tokenizer(TURNS + OPENS)
        assert encode_prompt(tokenizer, [Message("user", question)]).opened == "<reasoning>"

    def test_a_mark_in_the_question_opens_nothing(self):
        tokenizer = make_tokenizer(TURNS + BEGINS)
        prompt = encode_prompt(tokenizer, [Message("user", "What does <think> mean?")])
        assert prompt.opened == ""


class TestThinking:
    def test_an_open_block_is_announced(self):
        tokenizer = make_tokenizer(TURNS + OPENS)
        prompt = encode_prompt(tokenizer, ASKED)
        assert prompt.opened == "<reasoning>"
        assert str(tokenizer.decode(prompt.ids)).endswith("<assistant><reasoning>\n")

    def test_an_open_block_is_closed_where_the_model_is_told_not_to_think(self):
        tokenizer = make_tokenizer(TURNS + OPENS)
        prompt = encode_prompt(tokenizer, ASKED, think=False)
        assert prompt.opened == ""
        assert str(tokenizer.decode(prompt.ids)).endswith("<assistant><reasoning>\n\n</reasoning>\n\n")

    def test_the_block_is_closed_as_in_finished_turns(self):
        template = (
            "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}[THINK][/THINK]\n{% endif %}"
            "{{ m.content }}</turn>{% endfor %}{% if add_generation_prompt %}<assistant>[THINK]{% endif %}"
        )
        assert rendered(template, ASKED, think=False).endswith("<assistant>[THINK][/THINK]\n")
        assert rendered(template, ASKED, "1.").endswith("<assistant>[THINK][/THINK]\n1.")

    def test_without_a_block_the_turn_begins_in_the_channel_of_answers(self):
        assert rendered(CHANNELS, ASKED, think=False).endswith("<|channel|>final<|message|>")
        assert rendered(CHANNELS, ASKED).endswith("<|start|>assistant")

    @pytest.mark.parametrize(
        ("argument", "off", "on"),
        [
            ("enable_thinking", "False", "True"),
            ("thinking", "False", "True"),
            ("thinking_mode", "disabled", "enabled"),
            ("thinking_option", "off", "on"),
            ("thinking_budget", "0", "-1"),
        ],
    )
    def test_the_template_gets_its_own_argument(self, argument, off, on):
        template = f"{TURNS}{{{{ {argument} | default('unset') }}}}"
        assert rendered(template, ASKED).endswith("</turn>unset")
        assert rendered(template, ASKED, think=False).endswith(f"</turn>{off}")
        assert rendered(template, ASKED, think=True).endswith(f"</turn>{on}")

    def test_an_effort_that_the_template_refuses_is_not_given(self):
        template = (
            "{# not 'none' any more #}{% if reasoning_effort is defined and reasoning_effort == 'none' %}"
            "{{ raise_exception('unknown effort') }}{% endif %}" + TURNS + "{{ reasoning_effort }}"
        )
        assert rendered(template, ASKED, think=False).endswith("</turn>low")


class TestAbilities:
    @pytest.mark.parametrize(
        ("template", "continues", "thinks", "stops", "opens"),
        [
            (TURNS + BEGINS, True, False, True, False),
            (TURNS + OPENS, True, True, True, True),
            (NO_ASSISTANT + BEGINS, False, False, True, False),
            (CHANNELS, True, True, True, False),
            (TURNS + BEGINS + "{# drops </think> of earlier turns #}", True, None, None, False),
            ("{{ reasoning_effort | default('medium') }}" + TURNS + BEGINS, True, True, False, False),
            (TURNS + BEGINS + "{% if not thinking %}<think></think>{% endif %}", True, False, True, False),
            ("{{ raise_exception('never') }}", False, None, None, None),
        ],
    )
    def test_what_the_template_shows(self, template, continues, thinks, stops, opens):
        able = chat_abilities(make_tokenizer(template))
        found = (able.continues_turn, able.thinks, able.stops_thinking, able.opens_thinking)
        assert found == (continues, thinks, stops, opens)
        assert able.evidence["continues_turn"]

    def test_a_changed_template_is_asked_again(self):
        tokenizer = make_tokenizer(TURNS + BEGINS)
        assert chat_abilities(tokenizer).opens_thinking is False
        tokenizer.chat_template = TURNS + OPENS
        assert chat_abilities(tokenizer).opens_thinking is True

    def test_without_a_template_the_turn_is_continued(self):
        able = chat_abilities(make_tokenizer(None))
        assert (able.continues_turn, able.opens_thinking) == (True, False)


class TestSpecialTokens:
    def test_marks_of_thoughts_stay_in_the_text(self):
        tokenizer = make_tokenizer(CHANNELS)
        tokenizer.add_special_tokens({"additional_special_tokens": ["<|channel|>", "<|message|>", "<|pad|>"]})
        hidden = hidden_tokens(tokenizer)
        assert hidden is not None
        shown = set(tokenizer.all_special_ids) - hidden
        assert set(tokenizer.convert_ids_to_tokens(sorted(shown))) == {"<|channel|>", "<|message|>"}

    def test_without_thoughts_all_are_left_to_the_engine(self):
        assert hidden_tokens(make_tokenizer(TURNS)) is None
        assert hidden_tokens(make_tokenizer(TURNS + OPENS)) is None  # its marks are no special tokens
