"""Prompt packs: one folder per language. Templates only, no logic."""
