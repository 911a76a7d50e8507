"""Streamed text: ordered stream, point text, stop sequences, thinking blocks, sentence ends."""
