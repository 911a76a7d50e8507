"""Training and evaluation of the trained router."""
