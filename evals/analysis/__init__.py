"""Records as rows, and the one paired comparison of them."""
