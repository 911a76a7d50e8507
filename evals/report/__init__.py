"""What a run shows, as one self-contained HTML page and as Markdown; and two runs against each other."""
