"""Frames as a clip shows them: upright, of even sides, not too large."""

from __future__ import annotations

from typing import Any, Final

from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from movietag.frames.upright import Turn, turn_of

LONGEST: Final = 1920  # pixels
SHORTEST: Final = 1080


def shown_size(width: int, height: int) -> tuple[int, int]:
    """The size of a picture in a clip: even sides, at most ``LONGEST`` by ``SHORTEST`` or the other way round."""
    factor = min(1.0, LONGEST / max(width, height), SHORTEST / min(width, height))
    return max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)


class Scaler:
    """Turns, scales and converts the frames of a stream; all have the size of the first one."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._size: tuple[int, int] | None = None
        self._form: tuple[object, ...] = ()
        self._graph = Graph()

    def scaled(self, frame: VideoFrame) -> VideoFrame:
        """A frame as the clip shows it, in yuv420p; its time is the caller's."""
        turn = turn_of(frame)
        form = (frame.width, frame.height, frame.format.name, turn)
        if form != self._form:
            self._form, self._graph = form, self._make(frame, turn)
        self._graph.push(frame)
        picture = self._graph.pull()
        assert isinstance(picture, VideoFrame)
        return picture

    def _make(self, frame: VideoFrame, turn: Turn) -> Graph:
        """A graph of filters for frames of this form."""
        if self._size is None:
            upright = (
                (frame.height, frame.width) if turn.transposed else (frame.width, frame.height)
            )
            aspect = self._stream.sample_aspect_ratio or 1
            wide = round(upright[0] * aspect) if not turn.transposed else upright[0]
            self._size = shown_size(wide, upright[1])
        graph = Graph()
        nodes: list[Any] = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=self._stream.time_base,
            )
        ]
        if turn.transposed:
            nodes.append(graph.add("transpose", "dir=cclock_flip:passthrough=none"))
        if turn.flip_x:
            nodes.append(graph.add("hflip"))
        if turn.flip_y:
            nodes.append(graph.add("vflip"))
        nodes += [
            graph.add("scale", f"{self._size[0]}:{self._size[1]}"),
            graph.add("setsar", "1"),
            graph.add("format", "pix_fmts=yuv420p"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph
