"""How pages play a video: a file of this machine, or the player of its site, each only after a click."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from movietag.errors import PermanentError
from movietag.playing.embeds import embed
from movietag.playing.local_files import local_video
from movietag.search.results import Movie, Scene
from movietag.settings import Settings
from movietag.web.guard import MEDIA
from movietag.web.headers import playing_policy

FILE_ID: Final = "file:"  # how ids of local files begin


@dataclass(frozen=True, slots=True)
class Player:
    """How one video is played.

    Attributes:
        address: what is loaded after the click; ``{at}`` in it stands for the second. Empty: no browser plays it.
        site: whose player it is; empty for a file of this machine.
        origin: of that player, for the page's policy.
        clip: where clips of it are; None: it is no file of this machine.
    """

    address: str
    site: str = ""
    origin: str = ""
    clip: str | None = None


def media_path(movie_id: str, video_id: str, what: str) -> str:
    """The path of a local file, or of its clips."""
    parts = (quote(part, safe="") for part in (movie_id, video_id))
    return f"{MEDIA}movies/{{}}/videos/{{}}/{what}".format(*parts)


class Players:
    """The players of the configured roots and of the known sites; none if pages do not play."""

    def __init__(self, settings: Settings) -> None:
        self._roots = settings.roots
        self._plays = settings.web_play

    def of(self, movie_id: str, video_id: str, url: str) -> Player | None:
        """The player of a video at a URL or path. Blocks."""
        if not self._plays:
            return None
        if found := embed(url):
            return Player(found.address, found.site, found.origin)
        if not self._roots or not video_id.startswith(FILE_ID):
            return None
        try:
            local = local_video(url, video_id, self._roots)
        except PermanentError:
            return None
        file = media_path(movie_id, video_id, "file") if local.media_type else ""
        return Player(file, clip=media_path(movie_id, video_id, "clip"))

    def of_movie(self, movie: Movie) -> dict[str, Player]:
        """The players of a movie's videos, by video id. Blocks."""
        fetched = [video for video in movie.videos if video.status == "fetched"]
        players = {one.video_id: self.of(movie.movie_id, one.video_id, one.url) for one in fetched}
        return {video_id: player for video_id, player in players.items() if player}

    def of_scenes(self, scenes: Iterable[Scene]) -> dict[tuple[str, str], Player]:
        """The players of the videos of scenes, by movie and video id. Blocks."""
        links = {(scene.movie_id, scene.video_id): scene.link for scene in scenes}
        players = {
            key: self.of(*key, link.rpartition("#t=")[0] or link) for key, link in links.items()
        }
        return {key: player for key, player in players.items() if player}


def policy_for(players: Collection[Player]) -> dict[str, str]:
    """The header with the policy of a page that has these players."""
    origins = {player.origin for player in players if player.origin}
    return playing_policy(origins, files=any(player.clip for player in players))
