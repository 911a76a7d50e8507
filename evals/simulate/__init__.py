"""Simulated fleets and sweeps over loads."""
