"""Build the image of the stages and run every stage of docker-compose.yml from it: ``make images``.

Kafka, Elasticsearch and Triton are the embedded ones: their images are in no package. All mounts are in a namespace of
this run; what is built stays in the cache.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import yaml

from movietag.errors import MovietagError
from movietag.settings import Settings, get_settings
from movietag.settings.home import home_layout
from tools.images.building import build
from tools.images.containers import remove_groups, require_groups
from tools.images.roots import Roots, made, mount
from tools.images.scenario import SERVICES, embedded, play
from tools.running import needed

ROOT: Final = Path(__file__).resolve().parents[2]
INSIDE: Final = "--inside"  # this process is in the namespace already


def main() -> None:
    """Enter a mount namespace, build, run, and print what was seen."""
    settings = get_settings()
    if INSIDE not in sys.argv:
        require_groups()
        unshare = needed("unshare", "the mounts of this run are its own")
        command = [sys.executable, "-m", "tools.images", INSIDE]
        namespace = [unshare, "--mount", "--propagation", "private"]
        os.execv(unshare, [*namespace, *command])  # noqa: S606  # without a shell, as wanted
    cache = home_layout(settings).cache / "images"
    cache.mkdir(parents=True, exist_ok=True)
    roots = made(cache)
    mount(roots, ROOT)
    size = build(roots, (ROOT / "Dockerfile").read_text())
    print(f"The image of the stages is built: {size / 1e6:.0f} MB.")
    try:
        _run(settings, roots)
    finally:
        remove_groups()


def _run(settings: Settings, roots: Roots) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    services = {name: compose[name] for name in SERVICES}
    told = services["plan"]["environment"].get(
        "MOVIETAG_KAFKA_PARTITIONS", settings.kafka_partitions
    )
    with (
        tempfile.TemporaryDirectory(prefix="movietag-images-") as folder,
        embedded(settings, Path(folder), int(told)) as (given, library),
    ):
        containers = play(roots, services, given, library)
    for name in services:
        if name != "cli":
            print(f"  {name}: at most {containers.peak(name) / 1e6:.0f} MB")
    print(
        "Every stage of docker-compose.yml ran from the image, was restarted, recounted and stopped."
    )


if __name__ == "__main__":
    try:
        main()
    except MovietagError as error:
        sys.exit(f"images: {error}")
