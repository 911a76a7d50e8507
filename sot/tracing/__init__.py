"""Traces of answers by OpenTelemetry, and a log line for each request to an engine.

Nothing here imports OpenTelemetry unless it is used: `.observed` is all that the core calls, `.spans` is
imported with the first span, `.export` by the commands that send traces away.
"""
