"""Connections of one server: address, clients, limits, retries, environment."""
