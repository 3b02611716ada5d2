"""The embedded Triton: the server of the package pytriton, its python backend, and our models."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from movietag.captioning.parameters import PREFIX
from movietag.captioning.serving_settings import read_settings
from movietag.captioning.triton.access import key_headers, restriction
from movietag.errors import UsageError
from movietag.local.deployed import Deployed
from movietag.local.install import Servers
from movietag.local.programs import Program
from movietag.settings import PACKAGE, Settings
from movietag.settings.credentials import TRITON_KEY, new_secret, triton_key
from movietag.settings.environment import to_environment
from movietag.settings.home import HomeLayout, private_folder
from movietag.vocabulary import built_in_vocabularies

# Next to the package in a checkout, inside it in an installed one.
REPOSITORIES = (PACKAGE / "model_repository", PACKAGE.parent / "model_repository")

PATIENCE = 3.0  # seconds for one query

PARAMETER: Final = re.compile(r'key:\s*"(\w+)".*?string_value:\s*("(?:[^"\\]|\\.)*")')
KNOBS: Final = frozenset(
    {
        "engine",
        "endpoints",
        "endpoint_model",
        "endpoint_key_file",
        "endpoint_revision",
        "endpoint_options",
        "endpoint_seconds",
        "endpoint_parallel",
        "endpoint_image_side",
        "endpoint_image_bytes",
        "engine_options",
        "prompt",
        "max_new_tokens",
        "do_pad",
        "image_options",
        "answer",
        "static_cache",
        "templates",
        "threads",
    }
)
"""Settings that are parameters of the model by the same name."""
OF_SPEED: Final = frozenset(
    {"endpoint_key_file", "endpoint_parallel", "endpoint_seconds", "static_cache", "threads"}
)
"""Parameters that make no other tagger."""


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


def parameters_in(config: str) -> dict[str, Any]:
    """The parameters in the text of a model's config.pbtxt, in the form in which Triton returns them."""
    return {key: {"string_value": json.loads(value)} for key, value in PARAMETER.findall(config)}


def parameters(settings: Settings) -> dict[str, str]:
    """The parameters of a model's configuration that the settings decide.

    A model repository of one's own may have other values: they stay where no setting is set explicitly.
    """
    paths = {
        "model_path": settings.model_path,
        "adapter_path": settings.adapter_path,
        "thresholds": settings.thresholds,
    }
    values = {key: str(one.expanduser().absolute()) if one else "" for key, one in paths.items()}
    texts = to_environment(settings)
    for name in KNOBS & settings.model_fields_set:
        values[name] = texts.get(f"{PREFIX}{name.upper()}", "")
    if settings.tagger_mode != "caption" or "prompt" in values:
        # Of a prompt that names no tags it is not part of the tagger.
        values["vocabulary"] = settings.vocabulary
    if values.get("prompt", "").endswith(".toml"):
        values["prompt"] = _absolute(values["prompt"])
    if "vocabulary" in values and values["vocabulary"] not in built_in_vocabularies():
        values["vocabulary"] = _absolute(values["vocabulary"])
    return values | {"mode": settings.tagger_mode}


def _absolute(path: str) -> str:
    """Triton runs in another folder than the command."""
    return str(Path(path).expanduser().absolute())


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
    return {"max_batch_size": _batch(text), "parameters": parameters_in(text)}


def _batch(config: str) -> int:
    largest = re.search(r"^max_batch_size:\s*(\d+)", config, re.MULTILINE)
    return int(largest[1]) if largest else 0


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
        UsageError: there is no model repository, or a parameter of the model does not fit.
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
    _refuse_misfits(models / settings.model / "config.pbtxt", settings)
    deciding = {key: one for key, one in values.items() if key not in OF_SPEED}
    deployed.restore(where.triton, settings.model, deciding)
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


def _refuse_misfits(path: Path, settings: Settings) -> None:
    """Read the shipped model's parameters as its process will, where a mistake is only seen in a log.

    Raises:
        UsageError: one does not fit.
    """
    given = parameters_in(path.read_text()) if path.is_file() else {}
    if "engine" in given:  # a model of another kind has no engine
        read_settings(settings.model, {"parameters": given})


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
