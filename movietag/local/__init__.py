"""The embedded stack: real Kafka, Elasticsearch and Triton out of packages, and the stages, supervised."""
