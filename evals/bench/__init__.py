"""Benchmarks: latency, load, calibration."""
