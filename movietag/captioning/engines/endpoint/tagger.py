"""Who a tagger behind an endpoint is, and whether that can be relied on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from movietag.captioning.endpoint_settings import EndpointSettings
from movietag.captioning.engines.endpoint.identity import ServedIdentity
from movietag.captioning.engines.endpoint.question import STRATEGY
from movietag.captioning.serving_settings import ServingSettings
from movietag.captioning.tagger_id import asked

_LONGEST_NAME = 60


def endpoint_tagger(
    settings: ServingSettings,
    endpoint: EndpointSettings,
    identity: ServedIdentity,
    fields: Mapping[str, object],
) -> str:
    """``<model name>.openai.<model at the endpoint>@<12 hex>``: of all that may change a caption and is known here.

    Args:
        settings: prompt and preparation of pictures.
        endpoint: limits of pictures, and the revision.
        identity: what the endpoint tells of its model.
        fields: of each request, but for model and messages.
    """
    content: dict[str, object] = {
        "engine": settings.engine,
        "model": identity.model,
        "facts": dict(identity.facts),
        "revision": endpoint.revision,
        "strategy": STRATEGY,
        "prompt": asked(settings),
        "decoding": dict(fields),
        "picture": {
            "do_pad": settings.do_pad,
            "side": endpoint.image_side,
            "bytes": endpoint.image_bytes,
        },
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", identity.model.rpartition("/")[2])
    name = name[:_LONGEST_NAME].strip("-.") or "model"
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:12]
    return f"{settings.name}.{settings.engine}.{name}@{digest}"


def pinning(endpoint: EndpointSettings, identity: ServedIdentity) -> tuple[bool, str]:
    """Whether the tagger id says which weights answer, and by what, or what to do about it."""
    if endpoint.revision:
        return True, f"{identity.model}, pinned by MOVIETAG_ENDPOINT_REVISION {endpoint.revision}"
    if by := identity.pinned_by:
        return True, f"{identity.model}, pinned by {by}"
    return False, (
        f"{identity.model} cannot be pinned: the endpoint tells no revision, so that other weights of the"
        " same name would be the same tagger. Set MOVIETAG_ENDPOINT_REVISION to what they are (a commit, a"
        " date), and change it when you exchange them."
    )
