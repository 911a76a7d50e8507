"""Runs: questions answered by strategies or methods, every answer kept as soon as it is there."""
