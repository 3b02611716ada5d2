"""Elasticsearch: the schema made from the vocabulary, writing documents, finding them again."""
