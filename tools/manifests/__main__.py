"""Put k8s/ before a real API server, which takes it by a server-side dry run: ``make manifests``.

Two documents that are wrong must be refused, or the run proves nothing.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from movietag.errors import MovietagError, TransientError
from movietag.settings import get_settings
from movietag.settings.home import home_layout
from tools.debian import debian_program
from tools.manifests.kinds import ECK, STRIMZI, eck_kinds, strimzi_kinds
from tools.manifests.programs import api_server, kubernetes_version, remove_go_files
from tools.manifests.server import api_server_running
from tools.running import needed, said

K8S: Final = Path(__file__).resolve().parents[2] / "k8s"
APPLY: Final = ("apply", "--server-side", "--validate=strict", "-f", "-")
DRY: Final = (*APPLY, "--dry-run=server")
Document = dict[str, Any]


def misspelt(document: Document) -> Document:
    """A user with a field that Strimzi does not know."""
    return document | {"spec": document["spec"] | {"authorisation": {}}}


def on_the_host(document: Document) -> Document:
    """A pod that wants the node's network, which the namespace's label refuses."""
    spec = document["spec"]["template"]["spec"] | {"hostNetwork": True}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": document["metadata"], "spec": spec}


WRONG: Final[tuple[tuple[str, Callable[[Document], Document], str], ...]] = (
    ("KafkaUser", misspelt, "authorisation"),
    ("Deployment", on_the_host, "hostNetwork"),
)


def check(kubectl: list[str], kinds: list[Path]) -> int:
    """Have the server take k8s/; returns the number of documents.

    Raises:
        TransientError: it refuses a document, warns of one, or takes one that is wrong.
    """
    render = [needed("kubectl", "it renders k8s/"), "kustomize"]
    rendered = b"---\n".join(said([*render, folder]) for folder in (K8S, K8S / "model"))
    documents = [one for one in yaml.safe_load_all(rendered) if one]
    for file in kinds:
        said([*kubectl, *APPLY], given=file.read_bytes())
    said([*kubectl, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"])
    for one in documents:  # the namespace's label decides about pods
        if one["kind"] in ("Namespace", "ServiceAccount"):
            said([*kubectl, *APPLY], given=yaml.safe_dump(one).encode())
    taken = said([*kubectl, *DRY, "--warnings-as-errors"], given=rendered).decode().splitlines()
    if len(taken) != len(documents):
        raise TransientError(f"The server took {len(taken)} of {len(documents)} documents.")
    for kind, spoil, word in WRONG:
        wrong = spoil(next(one for one in documents if one["kind"] == kind))
        try:
            said([*kubectl, *DRY], given=yaml.safe_dump(wrong).encode())
        except TransientError as refused:
            if word not in str(refused):
                raise
        else:
            raise TransientError(
                f"The server took a {kind} that is wrong ({word}): it checks nothing."
            )
    return len(documents)


def main() -> None:
    """Get the programs and the kinds, start the server, ask it."""
    cache = home_layout(get_settings()).cache / "manifests"
    cache.mkdir(parents=True, exist_ok=True)
    needed("kubectl", "it renders k8s/ and sends it to the server")
    kinds = [strimzi_kinds(cache), eck_kinds(cache)]
    programs = api_server(cache), debian_program("etcd", "etcd-server", cache)
    remove_go_files(cache)
    with (
        tempfile.TemporaryDirectory(prefix="movietag-manifests-") as folder,
        api_server_running(*programs, Path(folder)) as kubectl,
    ):
        count = check(kubectl, kinds)
    operators = f"Strimzi {STRIMZI}, ECK {ECK.rpartition('@')[2]}"
    print(
        f"kube-apiserver {kubernetes_version()} takes the {count} documents of k8s/ without a warning ({operators});"
        f" {len(WRONG)} wrong ones are refused."
    )


if __name__ == "__main__":
    try:
        main()
    except MovietagError as error:
        sys.exit(f"manifests: {error}")
