"""The image's target ``stages``, built by buildah from the Dockerfile as it is; nothing is pulled."""

from __future__ import annotations

import json
import re
from typing import Final

from movietag.errors import UsageError
from tools.images.roots import AUTHORITIES, Roots

TAG: Final = "movietag-stages"
PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def base_name(dockerfile: str) -> str:
    """The full name of the image from which the stages' begins.

    Raises:
        UsageError: the Dockerfile names none.
    """
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    if found is None:
        raise UsageError("the Dockerfile has no ARG PYTHON_IMAGE")
    name = found[1]
    return name if "/" in name else f"docker.io/library/{name}"


def build(roots: Roots, dockerfile: str) -> int:
    """Build the image; returns its size in bytes.

    Raises:
        TransientError: a step fails, or a package cannot be fetched.
    """
    name = base_name(dockerfile)
    if name not in _images(roots):
        container = roots.run("buildah", "from", "scratch").decode().strip()
        roots.run("buildah", "add", "--quiet", container, "/base", "/")
        certificates = [f"{one}=/{AUTHORITIES}" for one in ("PIP_CERT", "SSL_CERT_FILE")]
        variables = [word for text in (PATH, *certificates) for word in ("--env", text)]
        roots.run("buildah", "config", *variables, "--cmd", "python3", container)
        roots.run("buildah", "commit", "--quiet", "--rm", container, name)
    roots.run(
        *(
            "buildah",
            "build",
            "--isolation",
            "chroot",
            "--network",
            "host",
            "--pull-never",
            "--layers",
        ),
        *("--target", "stages", "--tag", TAG, "/src"),
    )
    about = json.loads(roots.run("podman", "image", "inspect", TAG))
    return int(about[0]["Size"])


def _images(roots: Roots) -> list[str]:
    found = json.loads(roots.run("buildah", "images", "--json") or b"[]") or []
    return [name for image in found for name in image.get("names") or ()]
