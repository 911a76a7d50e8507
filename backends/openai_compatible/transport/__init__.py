"""Connections of one server: address, limits, retries, environment."""
