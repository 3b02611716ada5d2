"""What a stage reports of itself: health, metrics, snapshots, and that it makes no progress."""
