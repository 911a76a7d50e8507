"""What an answer took: its times, its requests, its energy."""
