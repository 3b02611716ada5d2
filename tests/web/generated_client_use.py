"""A program over the client that tests/web/test_generated_client.py generates; it prints what it was answered."""

from __future__ import annotations

import json
import sys

from movietag_client import AuthenticatedClient, Client
from movietag_client.api.movies import search_movies, show_movie
from movietag_client.api.scenes import search_scenes
from movietag_client.api.searches import list_searches, remove_search, save_search
from movietag_client.api.titles import add_titles
from movietag_client.models import (
    Movie,
    Movies,
    Problem,
    SavedSearch,
    SavedSearches,
    Scenes,
    TitleResults,
    TitlesToAdd,
    TitleToAdd,
)

client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
seen: dict[str, object] = {}

movies = search_movies.sync(client=client, q="horror>=30%", limit=2)
assert isinstance(movies, Movies)
seen["movies"] = [(one.title, one.tags["horror"].count) for one in movies.movies]
assert isinstance(movies.next_, str)
further = search_movies.sync(client=client, q="horror>=30%", limit=2, next_=movies.next_)
assert isinstance(further, Movies)
seen["further"] = len(further.movies)

scenes = search_scenes.sync(client=client, q="murder and gothic")
assert isinstance(scenes, Scenes)
seen["scenes"] = [(one.title, one.start < one.end, one.link) for one in scenes.scenes]

movie = show_movie.sync("harbor", client=client)
assert isinstance(movie, Movie)
seen["movie"] = (movie.title, movie.year, len(movie.videos))

unknown = show_movie.sync_detailed("moonlit-harbr", client=client)
problem = unknown.parsed
assert isinstance(problem, Problem)
assert isinstance(problem.near, list)
seen["unknown"] = (unknown.status_code, [one.movie_id for one in problem.near])

mistake = search_movies.sync(client=client, q="horror and comdy")
assert isinstance(mistake, Problem)
seen["mistake"] = (mistake.status, mistake.position)

saved = save_search.sync("generated", client=client, q="horror")
assert isinstance(saved, SavedSearch)
listed = list_searches.sync(client=client)
assert isinstance(listed, SavedSearches)
removed = remove_search.sync_detailed("generated", client=client)
seen["saved"] = (saved.query, [one.name for one in listed.searches], removed.status_code)

keyed = AuthenticatedClient(
    base_url=sys.argv[1], token="of-no-one", prefix="", auth_header_name="X-API-Key"
)
allowed = search_movies.sync_detailed(client=keyed, q="horror", limit=1)
seen["keyed"] = allowed.status_code

wanted = TitlesToAdd(titles=["Heat (1995)", TitleToAdd(title="Dune", year=2021)])
added = add_titles.sync(client=client, body=wanted)
assert isinstance(added, TitleResults)
seen["added"] = [(one.sent, one.movie_id) for one in added.titles]
refused = add_titles.sync(client=client, body=TitlesToAdd(titles=[""]))
assert isinstance(refused, Problem)
assert isinstance(refused.refused, list)
seen["refused"] = (refused.status, [one.line for one in refused.refused])

print(json.dumps(seen))
