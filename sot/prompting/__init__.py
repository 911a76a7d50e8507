"""Prompts: prompt packs, the message layout of an answer's requests, language detection."""
