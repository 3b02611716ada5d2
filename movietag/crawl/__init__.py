"""Finding, ranking and fetching the videos of a movie; no Kafka in it."""
