"""Prompts of programs, whose answers are read by a program."""

from .detect import program_prompt

__all__ = ["program_prompt"]
