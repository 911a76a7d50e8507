"""Low-rank adapters for the skeleton and point stages: measure, training data, training."""
