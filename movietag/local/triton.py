"""The embedded Triton: the server of the package pytriton, its python backend, and our models."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from movietag.captioning.triton.access import key_headers, restriction
from movietag.errors import UsageError
from movietag.local.deployed import Deployed
from movietag.local.install import Servers
from movietag.local.programs import Program
from movietag.settings import PACKAGE, Settings
from movietag.settings.credentials import TRITON_KEY, new_secret, triton_key
from movietag.settings.home import HomeLayout, private_folder

# Next to the package in a checkout, inside it in an installed one.
REPOSITORIES = (PACKAGE / "model_repository", PACKAGE.parent / "model_repository")

PATIENCE = 3.0  # seconds for one query


def ports(base: int) -> tuple[int, int]:
    """The gRPC and the metrics port."""
    return base + 1, base + 2


def with_parameters(config: str, values: Mapping[str, str]) -> str:
    """A model's config.pbtxt with the values of some of its parameters replaced.

    A parameter takes one line: ``parameters { key: "K" value: { string_value: "V" } }``; parameters that the
    model does not have are ignored.
    """
    for key, value in values.items():
        line = re.compile(rf'(key:\s*"{re.escape(key)}".*?string_value:\s*)"(?:[^"\\]|\\.)*"')
        quoted = json.dumps(value, ensure_ascii=False).replace("\\", r"\\")
        config = line.sub(rf"\g<1>{quoted}", config)
    return config


def parameters(settings: Settings) -> dict[str, str]:
    """The parameters of a model's configuration that depend on the settings."""
    paths = {
        "model_path": settings.model_path,
        "adapter_path": settings.adapter_path,
        "thresholds": settings.thresholds,
    }
    values = {key: str(one.expanduser().absolute()) if one else "" for key, one in paths.items()}
    if (
        settings.tagger_mode == "tags"
    ):  # in the mode `caption` it may be part of the prompt, and so of the tagger
        values["vocabulary"] = settings.vocabulary
    return values | {"mode": settings.tagger_mode}


def shipped_model(settings: Settings, changes: Mapping[str, str]) -> dict[str, Any]:
    """The configuration of the shipped model, in the form in which Triton returns it.

    Args:
        settings: as for ``parameters``.
        changes: parameters that differ.

    Raises:
        UsageError: there is no model repository.
    """
    path = model_repository() / settings.model / "config.pbtxt"
    try:
        text = with_parameters(path.read_text(), {**parameters(settings), **changes})
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    from google.protobuf import text_format  # type: ignore[import-untyped]  # noqa: PLC0415
    from tritonclient.grpc import model_config_pb2  # noqa: PLC0415  # half a second

    read = text_format.Parse(text, model_config_pb2.ModelConfig())
    given = {key: {"string_value": one.string_value} for key, one in read.parameters.items()}
    return {"max_batch_size": read.max_batch_size, "parameters": given}


def model_repository(configured: Path | None = None) -> Path:
    """The given repository, or the shipped one.

    Raises:
        UsageError: it does not exist.
    """
    source = configured or next((path for path in REPOSITORIES if path.is_dir()), None)
    if source is None or not source.is_dir():
        raise UsageError(f"The model repository {source or REPOSITORIES[0]} does not exist.")
    return source


def prepare(
    servers: Servers, where: HomeLayout, settings: Settings, repository: Path | None = None
) -> Program:
    """Lay out the models and the python backend, and return the program.

    Args:
        servers: the installed servers.
        where: the stack's folders.
        settings: ports, and the paths of model and adapter.
        repository: the model repository; default: the shipped one.

    Raises:
        UsageError: there is no model repository.
        OSError: the home cannot be written.
    """
    source = model_repository(repository)
    models = where.triton / "models"
    deployed = Deployed.read(where.triton)
    shutil.rmtree(where.triton, ignore_errors=True)
    private_folder(where.triton)
    shutil.copytree(source, models, ignore=shutil.ignore_patterns("__pycache__"))
    values = parameters(settings)
    for config in models.glob("*/config.pbtxt"):
        config.write_text(with_parameters(config.read_text(), values))
    deployed.restore(where.triton, settings.model, values)
    backends = where.triton / "backends"
    _link_backend(servers.triton, backends / "python")
    return Program(
        name="triton",
        argv=(
            str(servers.triton / "bin" / "tritonserver"),
            *_arguments(settings, models, backends, _key(settings, where)),
        ),
        env=_environment(servers.triton),
        directory=backends,  # the stub imports from it: in the home, its own folder as the package triton
        server=True,
        stop_seconds=20,
        start_tries=5,
    )


def _key(settings: Settings, where: HomeLayout) -> str:
    """The key that calls must have: that of the settings, else a new one."""
    return settings.triton_key.get_secret_value() or new_secret(where.home, TRITON_KEY)


def _arguments(settings: Settings, models: Path, backends: Path, key: str) -> list[str]:
    """Loopback only, and no HTTP: web pages can send HTTP requests, which may load code."""
    grpc, metrics = ports(settings.port_base)
    return [
        f"--model-repository={models}",
        f"--backend-directory={backends}",
        "--allow-http=false",
        *("--grpc-address=127.0.0.1", f"--grpc-port={grpc}", restriction(key)),
        *("--metrics-address=127.0.0.1", f"--metrics-port={metrics}"),
        # The only mode in which a client can have a dead model process restarted.
        *("--model-control-mode=explicit", "--load-model=*"),
        *("--exit-timeout-secs=10", "--log-info=false"),
    ]


def _link_backend(package: Path, folder: Path) -> None:
    """A backend folder of our own: the python backend with the stub for this Python's version."""
    folder.mkdir(parents=True)
    stub = f"{sys.version_info.major}.{sys.version_info.minor}"
    for source in (package / "backends" / "python", package / "python_backend_stubs" / stub):
        for file in source.iterdir():
            (folder / file.name).symlink_to(file)


def _environment(package: Path) -> dict[str, str]:
    """The environment of its libraries and of this Python: the stub finds Python only by PATH."""
    libraries = package.parents[1] / "nvidia_pytriton.libs"
    return {
        "LD_LIBRARY_PATH": f"{libraries}:{sys.base_prefix}/lib",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_OFFLINE": "1",  # a mistyped model path fails immediately instead of querying a hub
    }


def ready(settings: Settings) -> bool:
    """Whether the embedded server and all its models are ready; blocks for at most 3 s."""
    from tritonclient.grpc import InferenceServerClient  # noqa: PLC0415  # half a second
    from tritonclient.utils import InferenceServerException  # noqa: PLC0415

    client = InferenceServerClient(f"127.0.0.1:{ports(settings.port_base)[0]}")
    try:
        key = key_headers(triton_key(settings))
        return bool(client.is_server_ready(headers=key, client_timeout=PATIENCE))
    except InferenceServerException:
        return False
    finally:
        client.close()
