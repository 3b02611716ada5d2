"""Why a catalogue gave no answer, and for how long it is better left alone."""

from __future__ import annotations

from movietag.errors import MovietagError

REFUSED_PAUSE = 15 * 60.0  # seconds: until somebody has changed a key


class CatalogueError(MovietagError):
    """A catalogue did not answer; the title is planned without it.

    Args:
        kind: a short stable word: `network`, `slow`, `throttled`, `server`, `refused`, `redirect`, `too-large`,
            `changed` or `forbidden-address`.
        reason: what happened, without keys.
        of_service: whether the next query will fail, too; else it was this answer alone.
        pause: seconds for which the service asks to be left alone; 0 if it does not say.
    """

    def __init__(
        self, kind: str, reason: str, *, of_service: bool = True, pause: float = 0.0
    ) -> None:
        self.kind = kind
        self.reason = reason
        self.of_service = of_service
        self.pause = pause
        super().__init__(reason)


class UnknownIdError(CatalogueError):
    """The catalogue has nothing at this address: of a film's address that is an answer."""

    def __init__(self) -> None:
        super().__init__("unknown", "It answers with status 404.", of_service=False)


def changed(what: str) -> CatalogueError:
    """An answer that is not of the form that this version knows."""
    return CatalogueError("changed", f"Its answer has {what}.", of_service=False)
