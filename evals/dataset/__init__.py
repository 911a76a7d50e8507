"""Question sets: the project's own, and those of files in the formats that people have."""

from .load import BUILT_IN, FORMATS, QuestionSet, load_questions

__all__ = ["BUILT_IN", "FORMATS", "QuestionSet", "load_questions"]
