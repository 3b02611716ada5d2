"""Dead letters: reading, replaying, purging and restoring them; and skipping batches, which makes them."""
