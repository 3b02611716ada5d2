"""The query language of movies and scenes, for the command line, the REST API and the page.

``parse`` turns a query into a tree of nodes, ``render`` turns the tree back into a query; ``evaluator`` evaluates
it for one movie; ``elastic`` turns it into a clause for Elasticsearch.

"""

from movietag.search.query.advising import parse
from movietag.search.query.errors import QueryError
from movietag.search.query.nodes import EVERYTHING, Node, both, render

__all__ = ["EVERYTHING", "Node", "QueryError", "both", "parse", "render"]
