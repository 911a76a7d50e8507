"""Scores that need no judge: exact results, and what an answer's text shows."""
