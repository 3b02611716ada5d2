"""What runs every stage: app, consumer, window of work in flight, locks, topics."""
