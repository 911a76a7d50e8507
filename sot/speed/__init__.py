"""Step times of an engine, measured from the answers' own tokens, and what a skeleton gains by them."""
