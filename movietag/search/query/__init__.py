"""The query language: one for movies and scenes, on the command line, in the REST API and on the page.

``parse`` reads a query into a tree of nodes, ``render`` writes it again; ``meaning`` says of one movie
whether and why it fits; ``elastic`` asks Elasticsearch for all that do.
"""

from movietag.search.query.errors import QueryError
from movietag.search.query.nodes import EVERYTHING, Node, both, render
from movietag.search.query.parsing import parse

__all__ = ["EVERYTHING", "Node", "QueryError", "both", "parse", "render"]
