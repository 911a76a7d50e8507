"""Answers under load: open-loop arrivals on real and simulated engines, and a simulated fleet."""
