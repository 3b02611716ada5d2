"""What ``kubectl kustomize`` makes of a folder, for the part of kustomize 5 that k8s/ uses.

k8s/schemas/Kustomization.json refuses every other part, and where kubectl is installed a test compares the two.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

# Lists of a pod that are merged, each by this field of its items; all other lists are replaced.
MERGED_BY_NAME = ("containers", "volumes", "env")


def render(folder: Path) -> list[Document]:
    """The documents of a folder with a kustomization.yaml."""
    (how,) = yaml.safe_load_all((folder / "kustomization.yaml").read_text())
    documents: list[Document] = []
    for name in how["resources"]:
        at = (folder / name).resolve()
        documents += render(at) if at.is_dir() else list(yaml.safe_load_all(at.read_text()))
    documents = deepcopy(documents)  # YAML's anchors make one object of several
    for patch in how.get("patches", ()):
        _patch(documents, yaml.safe_load(patch["patch"]))
    for document in documents:
        for labels in how.get("labels", ()):
            _label(document, labels)
        document["metadata"]["name"] += how.get("nameSuffix", "")
        for image in how.get("images", ()):
            _retag(document, image)
    return documents


def _patch(documents: list[Document], patch: Document) -> None:
    """Apply a strategic merge patch to the one document that it names."""
    (target,) = [document for document in documents if _identity(document) == _identity(patch)]
    target.update(_merged(target, patch))


def _identity(document: Document) -> tuple[str, ...]:
    about = document["metadata"]
    return document["apiVersion"], document["kind"], about["name"], about.get("namespace", "")


def _merged(old: Any, new: Any, name: str = "") -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        assert not any(key.startswith("$") for key in new), "directives are not rendered here"
        assert None not in new.values(), "deletions are not rendered here"
        both = {key: _merged(old.get(key), value, key) for key, value in new.items()}
        return old | both
    if isinstance(old, list) and name in MERGED_BY_NAME:
        by_name = {item["name"]: item for item in old}
        changed = {item["name"]: _merged(by_name.get(item["name"]), item) for item in new}
        return list((by_name | changed).values())
    return new


def _label(document: Document, labels: Document) -> None:
    pairs, spec = labels["pairs"], document.get("spec", {})
    selects = labels.get("includeSelectors", False)
    document["metadata"].setdefault("labels", {}).update(pairs)
    if "template" in spec and (selects or labels.get("includeTemplates")):
        spec["template"]["metadata"].setdefault("labels", {}).update(pairs)
    if selects and "matchLabels" in spec.get("selector", {}):
        spec["selector"]["matchLabels"].update(pairs)


def _retag(document: Document, image: Document) -> None:
    pod = document.get("spec", {}).get("template", {}).get("spec", {})
    for container in pod.get("containers", ()):
        if container["image"].partition(":")[0] == image["name"]:
            container["image"] = f"{image['name']}:{image['newTag']}"
