"""Usage of an answer as one request for its text would have told it."""

from __future__ import annotations

from dataclasses import replace

from ..types import Answer, Usage


def visible_usage(answer: Answer) -> Usage:
    """Return an answer's usage with the prompt of one request, for clients that take it for one.

    The prompt is that of the skeleton, or the mean of the requests of an answer without one; the completion's
    tokens are all those that were decoded for the text, which the skeleton's titles are in. What the router
    spent is left out.
    """
    whole, route, first = answer.usage, answer.route.usage, answer.skeleton_usage
    spent = Usage(
        whole.prompt_tokens - route.prompt_tokens,
        whole.cached_tokens - route.cached_tokens,
        whole.completion_tokens - route.completion_tokens,
        max(1, whole.requests - route.requests),
        whole.reasoning_tokens - route.reasoning_tokens,
    )
    one = first if first.requests else spent
    requests = max(1, one.requests)
    prompt, cached = one.prompt_tokens // requests, one.cached_tokens // requests
    return replace(spent, prompt_tokens=prompt, cached_tokens=cached)
