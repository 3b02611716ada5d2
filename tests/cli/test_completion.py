"""What is offered for queries, titles and saved names while Elasticsearch is away."""

from __future__ import annotations

import pytest

from movietag.cli.completing import complete_query, complete_tags
from movietag.settings import get_settings

AWAY = {"MOVIETAG_ELASTICSEARCH": "http://127.0.0.1:9", "MOVIETAG_VOCABULARY": "mpst"}


@pytest.fixture(autouse=True)
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("horro", ["horror"]),
        ("horror and come", ["horror and comedy"]),
        ("not (horror or come", ["not (horror or comedy"]),
        ("comedy -horro", ["comedy -horror"]),
        ("plot", ["plot_twist"]),
        ('horror "plot', ['horror "plot twist"']),
        ("horror a", ["horror absurd"]),
        ("stat", ["status:"]),
        ("horror status:comp", ["horror status:complete"]),
        ("source:f", ["source:file"]),
        ("horror an", ["horror and"]),
        ("moonlit harb", []),
        ("year:19", []),
    ],
)
def test_the_last_word_of_a_query_is_completed(typed: str, offered: list[str]) -> None:
    made = complete_query(typed)
    assert set(offered) <= set(made)
    assert bool(made) == bool(offered)


def test_what_was_typed_stays() -> None:
    assert complete_tags("HOrr") == ["HOrror"]
    assert all(one.startswith("ho") for one in complete_query("ho"))
