"""Measures how fast an engine is, and makes the profile that the replay engine plays."""
