"""Titles on their way to Kafka."""

from __future__ import annotations

from movietag.adding import key_of


def test_all_that_is_asked_of_a_movie_has_one_key() -> None:
    again = [b" HEAT  (1995) ", b'{"title": "Heat", "year": 1995, "forget": true}']
    assert {key_of(value) for value in again} == {key_of(b"Heat (1995)")}
    assert key_of(b'{"title": "Heat", "movie_id": "heat"}') == b"heat"
    assert key_of(b"{") is None
