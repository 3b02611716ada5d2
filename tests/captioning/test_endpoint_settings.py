"""The parameters of the engine `openai`: what is read, and what does not fit."""

from __future__ import annotations

import json

import pytest
from support.serving_config import config

from movietag.captioning.endpoint_settings import EndpointAddress
from movietag.captioning.serving_settings import read_settings
from movietag.errors import UsageError

GOOD = json.dumps(["http://127.0.0.1:8000/v1"])


def test_addresses_have_weights_and_a_path() -> None:
    given = [
        "http://gpu1:8000",
        "https://gpu2/v1/ 2.5",
        "https://cloud.example/api/v3/chat/completions",
        "http://[::1]:11434/v1",
    ]
    read = read_settings("llava", config(engine="openai", endpoints=json.dumps(given)))
    assert read.endpoint
    assert read.endpoint.addresses == (
        EndpointAddress("http://gpu1:8000/v1"),
        EndpointAddress("https://gpu2/v1", 2.5),
        EndpointAddress("https://cloud.example/api/v3"),
        EndpointAddress("http://[::1]:11434/v1"),
    )


def test_another_engine_has_none() -> None:
    assert read_settings("llava", config(endpoints="rubbish")).endpoint is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"endpoints": "[]"}, r"needs the address of an endpoint: MOVIETAG_ENDPOINTS="),
        ({"endpoints": ""}, r"needs the address of an endpoint"),
        ({"endpoints": "http://a/v1"}, r"not a JSON list of texts"),
        ({"endpoints": '["gpu1:8000"]'}, r"'gpu1:8000' is not an address such as"),
        ({"endpoints": '["http://gpu1/v1?key=secret"]'}, r"'http://gpu1/v1' is not an .* a query"),
        ({"endpoints": '["ftp://gpu1"]'}, r"is not an address"),
        ({"endpoints": '["http://a:port/v1"]'}, r"is not an address"),
        ({"endpoints": '["http://a/v1?key=1"]'}, r"is not an address"),
        ({"endpoints": '["http://me:secret@a/v1"]'}, r"would be logged"),
        ({"endpoints": '["http://a/v1", "http://a/v1/ 3"]'}, r"named twice"),
        ({"endpoints": '["http://a/v1 none"]'}, r"stands its weight"),
        ({"endpoints": '["http://a/v1 -1"]'}, r"stands its weight"),
        ({"endpoints": '["http://a/v1 inf"]'}, r"stands its weight"),
        ({"endpoint_options": "[]"}, r"not a JSON object"),
        ({"endpoint_options": '{"stream": true}'}, r"stream cannot be changed"),
        ({"endpoint_seconds": "0"}, r"endpoint_seconds .* not a number above 0"),
        ({"endpoint_seconds": "nan"}, r"not a number above 0"),
        ({"endpoint_parallel": "0"}, r"not a number from 1 on"),
        ({"endpoint_image_side": "5"}, r"not a number from 32 on"),
        ({"endpoint_image_bytes": "5"}, r"not a number from 10000 on"),
        ({"mode": "tags"}, r"the engine openai writes captions only"),
        ({"adapter_path": "/a"}, r"cannot apply an adapter"),
        ({"image_options": '{"a": 1}'}, r"has no image processor"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(given: dict[str, str], said: str) -> None:
    parameters = {"engine": "openai", "endpoints": GOOD} | given
    with pytest.raises(UsageError, match=said) as raised:
        read_settings("llava", config(**parameters))
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)
