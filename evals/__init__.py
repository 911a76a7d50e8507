"""Question sets, comparisons and measurements; a user of the core, never used by it."""
