"""OpenAI's own client against `sot serve`: only the address is different.

pip install openai
python examples/openai_client.py --base-url http://127.0.0.1:8400/v1
"""

from __future__ import annotations

import argparse
import os
import time

from openai import OpenAI

QUESTION = "What should I think of before moving to another city?"


def stream(client: OpenAI) -> None:
    """Print an answer as it comes. Nothing here knows of Skeleton-of-Thought."""
    began = time.perf_counter()
    first: float | None = None
    chunks = client.chat.completions.create(
        model="auto",  # the router decides; "skeleton" and "normal" overrule it
        messages=[{"role": "user", "content": QUESTION}],
        stream=True,
    )
    for chunk in chunks:
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text:
            first = first or time.perf_counter() - began
            print(text, end="", flush=True)
    print(f"\n\n[first text after {first or 0:.2f} s, all after {time.perf_counter() - began:.2f} s]\n")


def whole(client: OpenAI) -> None:
    """Get a whole answer, with this server's own details, which come on request."""
    answer = client.chat.completions.create(
        model="skeleton",
        messages=[
            {"role": "system", "content": "You give practical advice in plain words."},
            {"role": "user", "content": QUESTION},
        ],
        max_tokens=300,  # of the skeleton and all points together
        extra_body={"sot": {"max_points": 4, "details": True}},
    )
    details = (answer.model_extra or {})["sot"]
    print(answer.choices[0].message.content)
    for point in details["points"]:
        print(f"[point {point['index']}: {point['started_s']:.2f} s to {point['finished_s']:.2f} s]")
    if answer.usage:
        requests = details["usage"]["requests"]
        print(f"[{answer.usage.completion_tokens} tokens written by {requests} requests]")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base-url", default="http://127.0.0.1:8400/v1")
    arguments = parser.parse_args()
    key = os.environ.get("SOT_API_KEY", "none needed")  # the server's own key, if it has one
    with OpenAI(base_url=arguments.base_url, api_key=key) as client:
        stream(client)
        whole(client)


if __name__ == "__main__":
    main()
