"""Everything that talks to Kafka: clients, consumer lag, epochs, and unreadable batches."""
