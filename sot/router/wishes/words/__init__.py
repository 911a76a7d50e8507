"""How each language expresses wishes: a module ``LANGUAGE.py`` with its ``RULES``, and its parts."""
