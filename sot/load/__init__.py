"""Load-aware routing: skeleton or normal decoding, by the engine's speed profile and its load."""
