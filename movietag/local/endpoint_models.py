"""What the endpoints of the engine `openai` serve, for `movietag doctor`."""

from __future__ import annotations

import asyncio

from movietag.captioning.serving_settings import read_settings
from movietag.errors import MovietagError
from movietag.local.findings import CheckResult, Finding
from movietag.local.triton import shipped_model
from movietag.settings import Settings

NAME = "model"


def served_by_endpoints(settings: Settings) -> Finding:
    """Which model the endpoints serve, and whether its weights are pinned."""
    try:
        return _served(settings)
    except ImportError:
        remedy = "pip install 'movietag[model]'"
        return Finding(NAME, CheckResult.MISSING, "the engine openai needs httpx", remedy)
    except MovietagError as error:
        return Finding(NAME, CheckResult.NOTE, "the engine openai has no model", str(error))


def _served(settings: Settings) -> Finding:
    from movietag.captioning.engines.endpoint.balancing import EndpointPool  # noqa: PLC0415
    from movietag.captioning.engines.endpoint.tagger import pinning  # noqa: PLC0415  # httpx

    endpoint = read_settings(settings.model, shipped_model(settings, {})).endpoint
    assert endpoint is not None, "the engine is openai"
    pool = EndpointPool(endpoint)

    async def ask() -> None:
        try:
            await pool.usable()
        finally:
            await pool.close()

    asyncio.run(ask())
    assert pool.served is not None, "an endpoint is usable"
    pinned, text = pinning(endpoint, pool.served)
    away = [one.fault.text for one in pool.endpoints if one.fault]
    if pinned and not away:
        return Finding(NAME, CheckResult.OK, text)
    found = f"{pool.served.model} at {len(pool.endpoints) - len(away)} of {len(pool.endpoints)} endpoints"
    return Finding(NAME, CheckResult.NOTE, found, "; ".join([*away, *([] if pinned else [text])]))
