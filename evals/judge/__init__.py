"""Judges of pairs of answers: a model, asked in both orders, or a human, who sees them blind."""
