"""All that speaks Kafka: clients, the lag of a group, epochs, and batches that cannot be read."""
