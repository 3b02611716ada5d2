"""Which addresses a catalogue may have."""

from __future__ import annotations

from typing import Any

import pytest

from movietag.catalogue.catalogues import make_catalogue
from movietag.catalogue.door import Door, open_door
from movietag.catalogue.tmdb import ADDRESS, Tmdb
from movietag.errors import UsageError
from movietag.settings import Settings

DEFAULT = "https://www.wikidata.org"


def settings(**changed: Any) -> Settings:
    return Settings(catalogue="wikidata", **changed)


def test_the_door_is_the_service_or_the_setting() -> None:
    assert open_door(settings(), DEFAULT).base == DEFAULT
    door = open_door(settings(catalogue_url="https://films.example/base/"), DEFAULT)
    assert (door.base, door.host) == ("https://films.example/base", "films.example")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"catalogue_url": "http://films.example"}, "must begin with https://"),
        ({"catalogue_url": "ftp://films.example"}, "must begin with https://"),
        ({"catalogue_url": "https://127.0.0.1:8080"}, "127.0.0.1:8080 is a private address"),
        ({"catalogue_url": "https://[::1]/"}, "is a private address"),
        ({"catalogue_url": "https://169.254.169.254"}, "is a private address"),
        ({"catalogue_url": "https://films.example/?a=b"}, "is not the address of a server"),
        ({"catalogue_url": "films"}, "is not the address of a server"),
        ({"catalogue_url": "https://films.example:x"}, "is not a URL"),
        ({"proxy": "socks5://10.0.0.1:1080"}, "an HTTP proxy only"),
    ],
)
def test_what_is_refused_says_what_to_do(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as error:
        open_door(settings(**changed), DEFAULT)
    assert says in str(error.value)


def test_a_server_of_ones_own_is_named_in_private_hosts() -> None:
    given = settings(catalogue_url="http://127.0.0.1:8080", private_hosts=("127.0.0.1:8080",))
    assert open_door(given, DEFAULT).allowed == {"127.0.0.1:8080"}
    given = settings(catalogue_url="http://[::1]:8080", private_hosts=("[::1]:8080",))
    assert open_door(given, DEFAULT).base == "http://[::1]:8080"


def test_a_proxy_may_have_a_private_address_and_its_password_is_not_told() -> None:
    door = open_door(settings(proxy="http://me:secret@10.0.0.1:3128"), DEFAULT)
    assert door.allowed == {"10.0.0.1:3128"}
    with pytest.raises(UsageError) as error:
        open_door(settings(proxy="socks5://me:secret@10.0.0.1"), DEFAULT)
    assert "secret" not in str(error.value)


def test_tmdb_without_a_key_says_where_to_put_one() -> None:
    with pytest.raises(UsageError, match="movietag_tmdb_key"):
        make_catalogue(Settings(catalogue="tmdb"))


@pytest.mark.parametrize("key", ["0123456789abcdef", "head.0123456789abcdef.tail"])
def test_whoever_prints_a_service_prints_no_key_and_no_password(key: str) -> None:
    service = Tmdb(Door(ADDRESS, "http://user:passw0rd@proxy:8080"), "movietag", key).service
    assert ADDRESS in repr(service)
    assert "abcdef" not in repr(service)
    assert "passw0rd" not in repr(service)
