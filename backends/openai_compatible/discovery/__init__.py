"""What an engine can do: asked of it, learned from its answers, probed."""
