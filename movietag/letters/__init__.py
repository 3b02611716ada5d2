"""Dead letters: read, searched, replayed, skipped, restored."""
