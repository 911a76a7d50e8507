"""What the server adds to an engine's times, and how it bears many clients; on a loopback engine."""
