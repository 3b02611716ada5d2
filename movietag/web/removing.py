"""The endpoints that take movies out: forget one of the library, cancel those that wait."""

from __future__ import annotations

import logging
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from movietag.errors import UsageError
from movietag.steering.cancelling import (
    CancelledMovie,
    cancel_message,
    movie_to_cancel,
    waiting_movies,
)
from movietag.steering.forgetting import ForgottenMovie, forget_message, movie_of_id_to_forget
from movietag.steering.title_lists import RefusedTitle
from movietag.streams.watch.logs import told
from movietag.web.answers import describe_write, record_response
from movietag.web.bodies import Text
from movietag.web.calls import MOVIES, MovieId
from movietag.web.library import LibraryRoute, Shared
from movietag.web.problems import RefusedTitlesError
from movietag.web.roles import Caller, Role, require_role
from movietag.web.sending import queue_errors, send_within
from movietag.web.titles import MOST_TITLES, NAMED, TITLES, TitleToAdd, title_line

SCAN_SECONDS: Final = 8.0  # to read what waits: less than the deadline of a call

log = logging.getLogger("movietag.web")
router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)
Remover = Annotated[Caller, Depends(require_role(Role.OPERATE, deletes=True))]


class TitlesToCancel(BaseModel):
    """What is cancelled: titles as they were added, or all movies without images that wait or are in work."""

    model_config = ConfigDict(extra="forbid", strict=True)
    titles: list[Text | TitleToAdd] = Field(
        [], max_length=MOST_TITLES, description="Titles as they were added: lines, or objects."
    )
    waiting: bool = Field(False, description="Instead of titles: all that wait.")
    dry_run: bool = Field(False, description="Only return what would be cancelled.")


class CancelledMovies(msgspec.Struct, frozen=True):
    """The movies that are cancelled unless they have images by then, or would be with ``dry_run``."""

    total: int
    dry_run: bool
    movies: tuple[CancelledMovie, ...]


@router.delete("/movies/{movie_id}", tags=[MOVIES], responses=describe_write(ForgottenMovie))
async def forget_movie(library: Shared, caller: Remover, movie_id: MovieId) -> Response:
    """Forget a movie: all of its documents and stored frames are deleted; a title that waits is not planned.

    They are gone within seconds of the answer; then the same call answers 404.
    """
    async with queue_errors(library.settings):
        movie = await movie_of_id_to_forget(library.reader, library.settings, movie_id)
    await send_within(library.settings, [forget_message(movie)])
    told(log, logging.INFO, "forgotten", key=caller.name, movie=movie.movie_id)
    return record_response(movie)


@router.post("/cancel", tags=[TITLES], responses=describe_write(CancelledMovies))
async def cancel_movies(library: Shared, caller: Remover, wanted: TitlesToCancel) -> Response:
    """Cancel movies that have no images yet: they are not searched for and fetched any more, and leave no trace.

    What was cancelled can be added again. If a title cannot be read, nothing is cancelled.
    """
    if wanted.waiting == bool(wanted.titles):
        raise UsageError("Name `titles`, or set `waiting` for all that wait: one of the two.")
    if wanted.waiting:
        async with queue_errors(library.settings, SCAN_SECONDS):
            movies = await waiting_movies(library.reader, library.settings)
    else:
        movies = _named(wanted.titles)
    if movies and not wanted.dry_run:
        await send_within(library.settings, [cancel_message(movie) for movie in movies])
        ids = ",".join(movie.movie_id for movie in movies[:NAMED])
        told(log, logging.INFO, "cancelled", key=caller.name, titles=len(movies), movies=ids)
    return record_response(CancelledMovies(len(movies), wanted.dry_run, tuple(movies)))


def _named(titles: list[str | TitleToAdd]) -> list[CancelledMovie]:
    """The movies of titles, each once.

    Raises:
        RefusedTitlesError: some are no titles.
    """
    movies: dict[CancelledMovie, None] = {}
    refused: list[RefusedTitle] = []
    for number, one in enumerate(titles, start=1):
        line = title_line(one)
        try:
            movies[movie_to_cancel(line)] = None
        except UsageError as error:
            refused.append(RefusedTitle(number, line, str(error)))
    if refused:
        raise RefusedTitlesError(refused, len(titles), "nothing was cancelled", "Correct them.")
    return list(movies)
