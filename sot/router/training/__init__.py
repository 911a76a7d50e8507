"""Training and evaluation of the linear router."""
