"""Skeleton-of-Thought: long answers several times sooner, without touching the model."""
