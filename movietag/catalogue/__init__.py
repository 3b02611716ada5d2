"""Catalogues of films, each optional: other titles, year, genres, running time, ids and official videos of a title's film."""
