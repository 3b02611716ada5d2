"""The dashboards of the results: the library, its tags by movie, and a single movie."""

from __future__ import annotations

from typing import Final

from movietag.dashboards.panels import Control, Dashboard, Documents, Panel, Ranges, Terms, Value
from movietag.dashboards.views import FRAMES_VIEW, LETTERS_VIEW, MOVIES_VIEW, STANDING, TAGS_VIEW
from movietag.records import CaptionQuality, SourceKind
from movietag.search.facets import EDGES

SEEN: Final = "images > 0"  # a failed movie has rows of zeros too
MEAN_RATIO: Final = Value("average", "mean ratio", "ratio", percent=True)
MOVIE_COUNT: Final = Value("unique_count", "movies", "movie_id")
CAPTION_COUNT: Final = Value("count", "captions")
MARKS: Final = len(CaptionQuality) + 1  # unmarked ones, too
TAGGERS: Final = Control(TAGS_VIEW, "tagger", "Tagger")
YEARS: Final = Control(TAGS_VIEW, "year", "Year", "rangeSliderControl")

LIBRARY: Final = Dashboard(
    "library",
    "movietag: the library",
    "Which tags the movies have, and how far the movies are.",
    (
        Panel("Movies", MOVIES_VIEW, "number", (MOVIE_COUNT,), (0, 0, 12, 6)),
        Panel(
            "Frames counted",
            MOVIES_VIEW,
            "number",
            (Value("sum", "frames", "images"),),
            (12, 0, 12, 6),
        ),
        Panel(
            "Tags that occur",
            MOVIES_VIEW,
            "number",
            (Value("unique_count", "tags", "tag_names"),),
            (24, 0, 12, 6),
        ),
        Panel(
            "Movies that failed",
            MOVIES_VIEW,
            "number",
            (MOVIE_COUNT,),
            (36, 0, 12, 6),
            where='status: "failed"',
        ),
        Panel(
            "Tags by their mean ratio",
            TAGS_VIEW,
            "bars",
            (MEAN_RATIO,),
            (0, 6, 24, 20),
            (Terms("tag", "tag", 20),),
            where=SEEN,
        ),
        Panel(
            "Tags by the movies that show them",
            MOVIES_VIEW,
            "bars",
            (MOVIE_COUNT,),
            (24, 6, 24, 20),
            (Terms("tag_names", "tag", 20),),
        ),
        Panel(
            "Movies by decade and status",
            MOVIES_VIEW,
            "columns",
            (MOVIE_COUNT,),
            (0, 26, 24, 12),
            (
                Ranges("year", "year", tuple(range(1930, 2041, 10))),
                Terms("status", "status", 3),
            ),
        ),
        Panel(
            "Movies by where their videos come from",
            MOVIES_VIEW,
            "bars",
            (MOVIE_COUNT,),
            (24, 26, 24, 12),
            (Terms("videos.source", "source", len(SourceKind)),),
        ),
        Panel(
            "Captions by their mark",
            FRAMES_VIEW,
            "bars",
            (CAPTION_COUNT,),
            (0, 38, 24, 12),
            (Terms("quality", "mark", MARKS),),
        ),
        Panel(
            "Captions not marked as whole, by tagger",
            FRAMES_VIEW,
            "table",
            (CAPTION_COUNT,),
            (24, 38, 24, 12),
            (Terms("tagger", "tagger", 5), Terms("quality", "mark", MARKS)),
            where='not quality: "whole"',
        ),
    ),
    (TAGGERS, YEARS),
)

HEAT: Final = Dashboard(
    "tags-by-movie",
    "movietag: tags by movie",
    "How much of each movie shows each tag. Movies and tags are chosen above; else the tags with the highest"
    " mean ratio, and the first movies by id.",
    (
        Panel(
            "Tags by movie",
            TAGS_VIEW,
            "heat",
            (MEAN_RATIO,),
            (0, 0, 48, 28),
            (Terms("tag", "tag", 20), Terms("movie_id", "movie", 30, by_name=True)),
            where=SEEN,
        ),
        Panel(
            "How high ratios are",
            TAGS_VIEW,
            "columns",
            (Value("count", "movies and tags"),),
            (0, 28, 48, 10),
            (Ranges("ratio", "ratio", EDGES, percent=True),),
            where=SEEN,
        ),
    ),
    (
        TAGGERS,
        Control(TAGS_VIEW, "tag", "Tag"),
        Control(TAGS_VIEW, "movie_id", "Movie"),
        YEARS,
    ),
)

MOVIE: Final = Dashboard(
    "movie",
    "movietag: a movie",
    "Choose one above: its tags, when they are seen, what the captions say, and what failed.",
    (
        Panel("Frames", FRAMES_VIEW, "number", (Value("count", "frames"),), (0, 0, 12, 6)),
        Panel(
            "Tags that occur",
            TAGS_VIEW,
            "number",
            (Value("unique_count", "tags", "tag"),),
            (12, 0, 12, 6),
            where="count > 0",
        ),
        Panel(
            "Videos",
            FRAMES_VIEW,
            "number",
            (Value("unique_count", "videos", "video_id"),),
            (24, 0, 12, 6),
        ),
        Panel(
            "Dead letters",
            LETTERS_VIEW,
            "number",
            (Value("count", "letters"),),
            (36, 0, 12, 6),
            where=STANDING,
        ),
        Panel(
            "Tags: frames with it, their share",
            TAGS_VIEW,
            "table",
            (MEAN_RATIO, Value("sum", "frames", "count")),
            (0, 6, 18, 22),
            (Terms("tag", "tag", 25),),
            where="count > 0",
        ),
        Panel(
            "When tags are seen (seconds of a video)",
            FRAMES_VIEW,
            "heat",
            (Value("count", "frames"),),
            (18, 6, 30, 22),
            (
                Terms("tags", "tag", 15),
                Ranges("time", "second", tuple(range(0, 301, 15))),
            ),
        ),
        Panel(
            "Frames by video",
            FRAMES_VIEW,
            "bars",
            (Value("count", "frames"),),
            (0, 28, 24, 10),
            (Terms("video_id", "video", 10),),
        ),
        Panel(
            "Dead letters by stage and error",
            LETTERS_VIEW,
            "table",
            (Value("count", "letters"),),
            (24, 28, 24, 10),
            (Terms("stage", "stage", 6), Terms("error", "error", 20)),
            where=STANDING,
        ),
        Documents(
            "Captions",
            FRAMES_VIEW,
            ("time", "caption", "tags", "video_title", "link"),
            ("time", "asc"),
            (0, 38, 48, 20),
        ),
    ),
    (Control(MOVIES_VIEW, "movie_id", "Movie"),),
    since="now-1y",
)
