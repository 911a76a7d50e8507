"""Prompt packs, the layout of an answer's requests, and the question's language."""
