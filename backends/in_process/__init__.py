"""Shared parts of the in-process engines: engine threads, their requests, chat templates."""
