"""Prefix cache: keys and values of finished requests, for later prompts that begin the same way.

It is a radix tree: each node holds a run of tokens with their keys and values, and a common prefix is stored
once. The least recently used leaf is evicted first, so what many requests share stays longest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the length of the longest common prefix of two token sequences."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


@dataclass(eq=False, slots=True)
class _Node:
    """Node of the radix tree: a run of tokens below its parent's."""

    tokens: list[int]
    kv: Tensor | None  # [layers, 2, kv_heads, tokens, head_dim]; None in the root
    parent: _Node | None
    children: dict[int, _Node] = field(default_factory=dict)
    used: int = 0

    @property
    def size(self) -> int:
        return 0 if self.kv is None else self.kv.numel() * self.kv.element_size()


class PrefixCache:
    """Bounded radix tree of token sequences with their keys and values.

    Args:
        max_bytes: Most bytes of keys and values; 0 keeps nothing.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._clock = 0
        # A tree for each tenant, and of its own for each adapter, since the keys and values differ.
        self._roots: dict[tuple[int, str | None], _Node] = {}

    def match(
        self, tokens: Sequence[int], limit: int, *, adapter: int = 0, tenant: str | None = None
    ) -> tuple[int, list[Tensor]]:
        """Find the longest stored prefix of ``tokens``, at most ``limit`` tokens.

        Args:
            tokens: Token ids.
            limit: Most tokens.
            adapter: Number of the adapter that the keys and values are to be of; 0: none.
            tenant: Owner of the sequences that are looked at.

        Returns:
            Its length, and its keys and values in pieces ``[layers, 2, kv_heads, n, head_dim]`` that
            follow one another.
        """
        self._clock += 1
        node, done, pieces = self._roots.get((adapter, tenant)), 0, []
        while node is not None and done < limit and (child := node.children.get(tokens[done])) is not None:
            shared = common_prefix(child.tokens, tokens[done:limit])
            child.used = self._clock
            assert child.kv is not None
            pieces.append(child.kv[:, :, :, :shared])
            done += shared
            if shared < len(child.tokens):
                break
            node = child
        return done, pieces

    def insert(
        self, tokens: Sequence[int], kv: Tensor, *, adapter: int = 0, tenant: str | None = None
    ) -> None:
        """Store a sequence; the part of it that the tree already holds is not stored twice.

        Args:
            tokens: n token ids.
            kv: Their keys and values, ``[layers, 2, kv_heads, n, head_dim]``; copied where kept.
            adapter: Number of the adapter that they are of; 0: none.
            tenant: Owner of the sequence, with whom alone it is shared.
        """
        self._clock += 1
        node, done = self._roots.setdefault((adapter, tenant), _Node([], None, None)), 0
        while done < len(tokens):
            child = node.children.get(tokens[done])
            if child is None:
                child = _Node(list(tokens[done:]), kv[:, :, :, done:].clone(), node)
                node.children[tokens[done]] = child
                self.bytes += child.size
            shared = common_prefix(child.tokens, tokens[done:])
            if shared < len(child.tokens) and done + shared < len(tokens):
                self._split(child, shared)
                child = node.children[tokens[done]]
            child.used = self._clock
            done += shared
            node = child
        self._evict()

    def _split(self, node: _Node, at: int) -> None:
        """Cut a node in two, so that another sequence can branch off after ``at`` tokens."""
        assert node.kv is not None
        assert node.parent is not None
        head = _Node(node.tokens[:at], node.kv[:, :, :, :at].clone(), node.parent, used=node.used)
        node.parent.children[head.tokens[0]] = head
        node.tokens, node.kv, node.parent = node.tokens[at:], node.kv[:, :, :, at:].clone(), head
        head.children[node.tokens[0]] = node

    def _evict(self) -> None:
        while self.bytes > self.max_bytes:
            leaf = min(self._leaves(), key=lambda node: node.used)
            assert leaf.parent is not None
            del leaf.parent.children[leaf.tokens[0]]
            self.bytes -= leaf.size
        self._roots = {key: root for key, root in self._roots.items() if root.children}

    def _leaves(self) -> Iterator[_Node]:
        """Yield the leaves of all trees; one may be deeper than functions can call each other."""
        nodes = list(self._roots.values())
        while nodes:
            node = nodes.pop()
            if node.children:
                nodes += node.children.values()
            elif node.parent is not None:
                yield node
