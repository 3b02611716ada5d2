"""The endpoints that return the table of a search, in parts, however many rows it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.types import Receive, Scope, Send

from movietag.exporting.formats import MEDIA_TYPES, TableFormat
from movietag.exporting.searched import movies_table, scenes_table
from movietag.search.ranking import By
from movietag.search.scene_orders import SceneBy
from movietag.search.understanding import understand
from movietag.web.answers import Responses, describe_errors
from movietag.web.calls import MOVIES, SCENE_ORDER, SCENES, QueryParameters
from movietag.web.library import LibraryRoute, Shared
from movietag.web.rooms import Room

EXPORTS: Final = Room(4, "exports")  # each holds a snapshot

router = APIRouter(route_class=LibraryRoute, prefix="/api", default_response_class=Response)

Format = Annotated[TableFormat, Path(description="The format of the table.")]


class ExportedMovies(QueryParameters):
    """The parameters of a table of movies."""

    by: By | None = Field(
        None,
        description="The order; default: by meaning if the query has an about:, else by ratio.",
    )


class ExportedScenes(QueryParameters):
    """The parameters of a table of scenes."""

    by: SceneBy | None = SCENE_ORDER


class PartsResponse(StreamingResponse):
    """A table in parts; whatever ends it closes the generator, and so its snapshot."""

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        first: bytes,
        name: str,
        kind: str,
    ) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        }
        super().__init__(_after(first, parts), headers=headers, media_type=kind)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the table."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._parts.aclose()


async def _after(first: bytes, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield first
    async for part in parts:
        yield part


def describe_table() -> Responses:
    """The OpenAPI responses of a request for a table."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    kinds = {kind.partition(";")[0]: schema for kind in MEDIA_TYPES.values()}
    return {200: {"description": "The table.", "content": kinds}} | describe_errors()


@router.get(
    "/export/movies.{form}",
    tags=[MOVIES],
    responses=describe_table(),
    dependencies=[Depends(EXPORTS)],
)
async def export_movies(
    library: Shared,
    form: Format,
    parameters: Annotated[ExportedMovies, Query()],
) -> Response:
    """Export all matching movies, best first, as a table: a row a movie."""
    where = await understand(library.reader, parameters.q, "movies")
    parts = movies_table(library.reader, where.node, parameters.by, form)
    return await _response(parts, "movies", form)


@router.get(
    "/export/scenes.{form}",
    tags=[SCENES],
    responses=describe_table(),
    dependencies=[Depends(EXPORTS)],
)
async def export_scenes(
    library: Shared,
    form: Format,
    parameters: Annotated[ExportedScenes, Query()],
) -> Response:
    """Export all matching scenes, in their order, as a table: a row a scene."""
    where = await understand(library.reader, parameters.q, "frames")
    parts = scenes_table(
        library.reader, where.node, library.settings.scene_gap, parameters.by, form
    )
    return await _response(parts, "scenes", form)


async def _response(parts: AsyncGenerator[bytes, None], table: str, form: TableFormat) -> Response:
    """The response, once its first part is known: what is wrong with a query has a status of its own."""
    try:
        first = await anext(parts)
    except BaseException:
        await parts.aclose()
        raise
    return PartsResponse(parts, first, f"movietag-{table}.{form}", MEDIA_TYPES[form])
