"""Formats of OpenAI-compatible servers, without any network."""
