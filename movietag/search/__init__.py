"""Elasticsearch: clients, indices, queries and their results."""
