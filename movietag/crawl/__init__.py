"""Searching, ranking and fetching the videos of a movie, without Kafka."""
