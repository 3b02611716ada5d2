"""The embedded stack: real Kafka, Elasticsearch and Triton from packages, and the stages, supervised."""
