"""LangChain's `ChatOpenAI` against `sot serve`: a chain that streams, and one that needs the whole answer.

pip install langchain-openai
python examples/langchain_chat.py --base-url http://127.0.0.1:8400/v1
"""

from __future__ import annotations

import argparse
import os

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

PROMPT = ChatPromptTemplate.from_messages(
    [("system", "You answer for {reader}."), ("user", "{question}")],
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base-url", default="http://127.0.0.1:8400/v1")
    arguments = parser.parse_args()
    key = SecretStr(os.environ.get("SOT_API_KEY", "none needed"))
    chat = ChatOpenAI(
        base_url=arguments.base_url,
        api_key=key,
        model="auto",
        extra_body={"sot": {"max_points": 5}},
    )
    chain = PROMPT | chat | StrOutputParser()
    for text in chain.stream(
        {"reader": "beginners", "question": "What are the benefits of growing your own vegetables?"}
    ):
        print(text, end="", flush=True)
    print("\n")

    # A question for one short answer: the router leaves it to normal decoding.
    answer = (PROMPT | chat).invoke({"reader": "children", "question": "Which planet is the largest?"})
    print(answer.text)
    if answer.usage_metadata:
        print(f"[{answer.usage_metadata['output_tokens']} tokens]")


if __name__ == "__main__":
    main()
