"""Quantiles, estimates with intervals by resampling questions, net win rates. Pure Python."""
