"""Lines of the log: one record a line, with what it is about."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from movietag.streams.watch.logs import Firsts, LogFormat, line_formatter, told
from movietag.streams.watch.repetition import kind_of_line

log = logging.getLogger("movietag.test_log_lines")

TABLE = """Setting newly assigned partitions
+Topic Partition Set-----------+
| topic           | partitions |
+-----------------+------------+
| movietag.videos | {0-7}      |
+-----------------+------------+ for group movietag-fetch """


def _record(caplog: pytest.LogCaptureFixture, text: str, **about: object) -> logging.LogRecord:
    caplog.set_level(logging.INFO)
    told(log, logging.INFO, text, **about)
    return caplog.records[-1]


def test_a_line_of_text_names_stage_level_and_what_it_is_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = _record(
        caplog, "fetch: 3 images", movie="heat-1995", video="a:b", slot=None, letter=""
    )
    line = line_formatter("text", "fetch").format(record)
    assert line.endswith(" fetch INFO fetch: 3 images movie=heat-1995 video=a:b")


def test_a_line_of_json_has_the_same_as_fields(caplog: pytest.LogCaptureFixture) -> None:
    record = _record(caplog, "caption: done", movie="달빛-2011", video="a:b", slot=0)
    read = json.loads(line_formatter("json", "caption").format(record))
    assert (read["movie"], read["video"], read["slot"]) == ("달빛-2011", "a:b", 0)
    assert (read["stage"], read["level"], read["logger"]) == ("caption", "info", log.name)
    assert read["time"].endswith("+00:00")


@pytest.mark.parametrize("form", ["text", "json"])
def test_tables_and_hostile_text_stay_on_one_line(
    caplog: pytest.LogCaptureFixture, form: LogFormat
) -> None:
    for text in (TABLE, "a\nb\r\x1b[31mc\u2028d", "100 %s of them"):
        line = line_formatter(form, "plan").format(_record(caplog, text, movie="x"))
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
        assert "+--" not in line


def test_a_traceback_is_part_of_its_line_of_json(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    try:
        int("x")
    except ValueError:
        log.error("no number", exc_info=sys.exc_info())
    line = line_formatter("json", "plan").format(caplog.records[-1])
    assert "ValueError" in json.loads(line)["error"]
    assert len(line.splitlines()) == 1


def test_lines_of_different_movies_are_no_repetition(caplog: pytest.LogCaptureFixture) -> None:
    kinds = {kind_of_line(_record(caplog, "fetch: 3 images", movie=str(one))) for one in range(9)}
    assert len(kinds) == 9


def test_what_was_seen_long_ago_is_the_first_again() -> None:
    firsts = Firsts(2)
    assert [firsts.is_first(key) for key in "aabca"] == [True, False, True, True, True]
