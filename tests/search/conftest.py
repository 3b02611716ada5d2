"""A running Elasticsearch, and one filled with the sample movies."""

from filled import elasticsearch, es, library, reader, vocabulary

__all__ = ["elasticsearch", "es", "library", "reader", "vocabulary"]
