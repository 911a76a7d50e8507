"""Filters and assembly of streamed text: ordered stream, point text, stop sequences, thoughts, sentences."""
