"""Wishes as each language expresses them: a module ``LANGUAGE.py`` with its ``RULES``, and its parts."""
