"""A running Elasticsearch filled with the sample movies: pages with examples of searches are run on it."""

from support.filled_index import elasticsearch, filled, library

__all__ = ["elasticsearch", "filled", "library"]
