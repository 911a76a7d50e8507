"""Capabilities of an engine: asked of it, learned from its answers, probed."""
