"""docker-compose.yml, the Dockerfile and k8s/: valid by their schemas, and true to the code.

No Docker and no cluster: the schemas come with the development packages; those of the operators'
kinds are ours (k8s/schemas), the part of them that we use, strict about everything else.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from copy import deepcopy
from ipaddress import collapse_addresses
from pathlib import Path

import pytest
import yaml
from support.kustomize import Document, render

from movietag.captioning.alive import SECONDS
from movietag.captioning.parameters import setting_of
from movietag.crawl.addresses import SPECIAL_IPV4
from movietag.local.kafka import A_YEAR
from movietag.local.triton import model_repository, parameters_in
from movietag.settings import Settings
from movietag.stages import STAGES
from movietag.web.origins import is_loopback

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
KNOWN = {f"MOVIETAG_{name.upper()}" for name in Settings.model_fields} | {"MOVIETAG_SECRETS_DIR"}

jsonschema = pytest.importorskip("jsonschema")

RENDERED = render(K8S)  # what `kubectl apply -k k8s` applies
LOADER = render(K8S / "model")  # and what fills the model's volume
MONITORING = render(K8S / "monitoring")  # and what Prometheus's operator is told
KUSTOMIZATIONS = {
    path.parent: yaml.safe_load(path.read_text()) for path in K8S.rglob("kustomization.yaml")
}
DOCUMENTS = [
    pytest.param(document, id=f"{document['kind']}-{document['metadata']['name']}")
    for document in [*RENDERED, *LOADER, *MONITORING]
] + [pytest.param(one, id=f"{path.name}-kustomization") for path, one in KUSTOMIZATIONS.items()]
COMPOSE: Document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def of_kind(kind: str) -> list[Document]:
    found = KUSTOMIZATIONS.values() if kind == "Kustomization" else [*RENDERED, *MONITORING]
    return [deepcopy(document) for document in found if document["kind"] == kind]


def named(kind: str, name: str) -> Document:
    return next(found for found in of_kind(kind) if found["metadata"]["name"] == name)


def stage_deployments() -> dict[str, Document]:
    found = {stage: named("Deployment", f"movietag-{stage}") for stage in STAGES}
    assert len(of_kind("Deployment")) == len(found) + 2  # and Triton, and the pages
    return found


def compose_schema() -> Document:
    spec = importlib.util.find_spec("check_jsonschema")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "builtin_schemas" / "vendor"
    schema: Document = json.loads((folder / "compose-spec.json").read_text())
    return schema


# -- by schema


def test_the_compose_file_is_valid() -> None:
    jsonschema.validate(COMPOSE, compose_schema())


def test_the_compose_schema_catches_a_mistake() -> None:
    wrong = deepcopy(COMPOSE)
    wrong["services"]["kafka"]["volume"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, compose_schema())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_manifest_is_valid(document: Document) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    own = K8S / "schemas" / f"{document['kind']}.json"
    if own.exists():
        jsonschema.validate(document, json.loads(own.read_text()))
    else:  # raises also for a kind that it does not know: nothing goes unchecked
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("kind", sorted(path.stem for path in (K8S / "schemas").glob("*.json")))
def test_a_schema_of_ours_catches_an_unknown_field(kind: str) -> None:
    document = deepcopy(of_kind(kind)[0])
    document.get("spec", document)["replica"] = 3
    schema = json.loads((K8S / "schemas" / f"{kind}.json").read_text())
    with pytest.raises(jsonschema.ValidationError, match="replica"):
        jsonschema.validate(document, schema)


def test_kustomize_takes_every_manifest() -> None:
    taken: set[Path] = set()
    for folder, kustomization in KUSTOMIZATIONS.items():
        taken |= {(folder / name).resolve() for name in kustomization["resources"]}
    there = {
        path.parent if path.name == "kustomization.yaml" else path for path in K8S.rglob("*.yaml")
    }
    assert taken == there - {K8S, K8S / "model", K8S / "monitoring"}


def test_kubectl_renders_the_same() -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    command = [kubectl, "kustomize", str(K8S)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    theirs = {_name(document): document for document in yaml.safe_load_all(done.stdout)}
    assert theirs == {_name(document): document for document in RENDERED}


def _name(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


# -- true to the code


def test_every_setting_in_a_manifest_exists_and_has_a_value_that_fits() -> None:
    config = named("ConfigMap", "movietag-settings")["data"]
    for values in (config, COMPOSE["x-stage"]["environment"]):
        assert set(values) <= KNOWN
        chosen = {
            name.removeprefix("MOVIETAG_").lower(): value
            for name, value in values.items()
            if name != "MOVIETAG_SECRETS_DIR"
        }
        assert Settings.model_validate(chosen).kafka == values["MOVIETAG_KAFKA"]


def test_triton_takes_every_parameter_by_the_variable_of_its_setting() -> None:
    shipped = parameters_in((model_repository() / "llava" / "config.pbtxt").read_text())
    variables = {f"MOVIETAG_{setting_of(key).upper()}" for key in shipped}
    assert variables <= KNOWN
    assert set(COMPOSE["services"]["triton"]["environment"]) == variables
    (container,) = named("Deployment", "movietag-triton")["spec"]["template"]["spec"]["containers"]
    assert {"configMapRef": {"name": "movietag-tagger"}} in container["envFrom"]
    assert set(named("ConfigMap", "movietag-tagger")["data"]) <= variables


def test_every_secret_of_a_stage_is_a_setting_or_named_by_one() -> None:
    config = named("ConfigMap", "movietag-settings")["data"]
    folder = config["MOVIETAG_SECRETS_DIR"]
    for deployment in stage_deployments().values():
        spec = deployment["spec"]["template"]["spec"]
        (mount,) = [m for m in spec["containers"][0]["volumeMounts"] if m["name"] == "secrets"]
        assert mount["mountPath"] == folder
        (volume,) = [v for v in spec["volumes"] if v["name"] == "secrets"]
        sources = [source["secret"] for source in volume["projected"]["sources"]]
        for path in (item["path"] for source in sources for item in source["items"]):
            assert path.upper() in KNOWN or f"{folder}/{path}" in config.values()


def test_there_is_one_deployment_and_one_service_for_each_stage() -> None:
    for stage, deployment in stage_deployments().items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["args"] == [f"movietag.streams.{stage}"]
        assert COMPOSE["services"][stage]["command"] == [f"movietag.streams.{stage}"]


def test_stages_differ_in_name_replicas_room_and_secrets_only() -> None:
    forms = set()
    for stage, deployment in stage_deployments().items():
        deployment["spec"].pop("replicas")
        spec = deployment["spec"]["template"]["spec"]
        spec["containers"][0].pop("resources")
        volumes = {one["name"]: one for one in spec["volumes"]}
        assert volumes["tmp"]["emptyDir"].pop("sizeLimit")
        assert volumes["secrets"]["projected"].pop("sources")
        forms.add(re.sub(rf"\b{stage}\b", "STAGE", json.dumps(deployment)))
    assert len(forms) == 1


def test_no_stage_has_more_workers_than_there_are_partitions() -> None:
    data = named("ConfigMap", "movietag-settings")["data"]
    partitions = int(data["MOVIETAG_KAFKA_PARTITIONS"])
    compose = COMPOSE["x-stage"]["environment"]["MOVIETAG_KAFKA_PARTITIONS"]
    assert int(compose) == partitions
    assert (
        partitions % Settings().kafka_partitions == 0
    )  # whoever has the default can raise it to that
    assert all(d["spec"]["replicas"] <= partitions for d in stage_deployments().values())


def test_a_stage_is_killed_only_after_its_own_bound() -> None:
    bound = float(named("ConfigMap", "movietag-settings")["data"]["MOVIETAG_STOP_SECONDS"])
    for deployment in stage_deployments().values():
        assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > bound
    grace = COMPOSE["x-stage"]["stop_grace_period"]
    assert float(grace.removesuffix("s")) > Settings().stop_seconds


def test_every_stage_is_asked_for_its_health_where_it_answers() -> None:
    config = named("ConfigMap", "movietag-settings")["data"]
    port = int(config["MOVIETAG_HEALTH_PORT"])
    assert config["MOVIETAG_HEALTH_HOST"] == "0.0.0.0"
    paths = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    for deployment in stage_deployments().values():
        template = deployment["spec"]["template"]
        (container,) = template["spec"]["containers"]
        assert container["ports"] == [{"name": "health", "containerPort": port}]
        asked = {probe: container[probe]["httpGet"] for probe in paths}
        assert asked == {probe: {"path": path, "port": "health"} for probe, path in paths.items()}
        notes = template["metadata"]["annotations"]
        assert notes["prometheus.io/port"] == str(port)
        assert notes["prometheus.io/path"] == "/metrics"
    test = " ".join(COMPOSE["x-stage"]["healthcheck"]["test"])
    chosen = COMPOSE["x-stage"]["environment"]["MOVIETAG_HEALTH_PORT"]
    assert f"127.0.0.1:{chosen}/readyz" in test


def test_the_fence_lets_only_those_scrape_who_may() -> None:
    policy = named("NetworkPolicy", "movietag-health")["spec"]
    (chosen,) = policy["podSelector"]["matchExpressions"]
    assert chosen["values"] == list(STAGES)
    (rule,) = policy["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"movietag/scrapes": "yes"}}}]
    port = int(named("ConfigMap", "movietag-settings")["data"]["MOVIETAG_HEALTH_PORT"])
    assert rule["ports"] == [{"port": port, "protocol": "TCP"}]


def test_what_is_monitored_answers_there_and_may_be_reached() -> None:
    """Each monitor selects what there is, by a port of this name, which the fence opens for Prometheus."""
    scraper = {"namespaceSelector": {"matchLabels": {"movietag/scrapes": "yes"}}}
    opened = {
        (component, port["port"])
        for policy in of_kind("NetworkPolicy")
        for rule in policy["spec"].get("ingress", ())
        if scraper in rule["from"]
        for component in components_of(policy["spec"]["podSelector"])
        for port in rule["ports"]
    }
    pods = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one
        for one in of_kind("Deployment")
    }
    watched = set()
    for monitor in [*of_kind("PodMonitor"), *of_kind("ServiceMonitor")]:
        of_pods = monitor["kind"] == "PodMonitor"
        for component in components_of(monitor["spec"]["selector"]):
            (endpoint,) = monitor["spec"]["podMetricsEndpoints" if of_pods else "endpoints"]
            name = endpoint["port"]
            if not of_pods:
                service = named("Service", f"movietag-{component}")
                assert service["metadata"]["labels"]["app.kubernetes.io/component"] == component
                (name,) = [p["targetPort"] for p in service["spec"]["ports"] if p["name"] == name]
            (container,) = pods[component]["spec"]["template"]["spec"]["containers"]
            (port,) = [p["containerPort"] for p in container["ports"] if p["name"] == name]
            watched.add((component, port))
    assert watched == opened
    assert {component for component, _ in watched} == {*STAGES, "web", "triton"}


def components_of(selector: Document) -> list[str]:
    key = "app.kubernetes.io/component"
    if "matchLabels" in selector:
        return [selector["matchLabels"][key]]
    (chosen,) = [one for one in selector["matchExpressions"] if one["key"] == key]
    return list(chosen["values"])


def test_the_fence_refuses_every_special_address() -> None:
    (rule,) = named("NetworkPolicy", "movietag-internet")["spec"]["egress"]
    (to,) = (one["ipBlock"] for one in rule["to"])
    assert to["cidr"] == "0.0.0.0/0"  # nothing over IPv6
    assert to["except"] == [str(block) for block in collapse_addresses(SPECIAL_IPV4)]


def test_the_same_servers_everywhere() -> None:
    lock = (ROOT / "movietag" / "local" / "artifacts.lock").read_text()
    kafka = re.search(r":kafka_2\.13:jar:(\S+)", lock)
    search = re.search(r":elasticsearch:zip:(\S+)", lock)
    assert kafka
    assert search
    services = COMPOSE["services"]
    assert services["kafka"]["image"] == f"apache/kafka:{kafka[1]}"
    assert named("Kafka", "movietag")["spec"]["kafka"]["version"] == kafka[1]
    assert services["elasticsearch"]["image"].endswith(f":{search[1]}")
    assert services["kibana"]["image"].endswith(f":{search[1]}")
    assert named("Elasticsearch", "movietag")["spec"]["version"] == search[1]
    assert named("Kibana", "movietag")["spec"]["version"] == search[1]


def test_offsets_last_a_year_everywhere() -> None:
    kafka = named("Kafka", "movietag")["spec"]["kafka"]["config"]
    environment = COMPOSE["services"]["kafka"]["environment"]
    assert kafka["offsets.retention.minutes"] == A_YEAR
    assert environment["KAFKA_OFFSETS_RETENTION_MINUTES"] == A_YEAR


def test_the_pages_are_served_with_keys_where_they_are_asked_for() -> None:
    (container,) = named("Deployment", "movietag-web")["spec"]["template"]["spec"]["containers"]
    service = COMPOSE["services"]["web"]
    assert container["args"] == service["command"] == ["movietag.cli", "serve"]
    port = Settings().web_address[1]
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"127.0.0.1:{port}/readyz" in " ".join(service["healthcheck"]["test"])
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    in_pod = {one["name"]: one["value"] for one in container["env"]}
    assert in_pod.pop("MOVIETAG_KAFKA_USERNAME")
    added = service["environment"].items() - COMPOSE["x-stage"]["environment"].items()
    for given in (in_pod, dict(added)):
        assert set(given) == {"MOVIETAG_WEB_HOST", "MOVIETAG_WEB_KEYS"} <= KNOWN
        assert not is_loopback(given["MOVIETAG_WEB_HOST"])


def test_a_pod_finds_its_keys_where_the_setting_says() -> None:
    spec = named("Deployment", "movietag-web")["spec"]["template"]["spec"]
    folder = named("ConfigMap", "movietag-settings")["data"]["MOVIETAG_SECRETS_DIR"]
    (volume,) = [v for v in spec["volumes"] if v["name"] == "secrets"]
    sources = [source["secret"] for source in volume["projected"]["sources"]]
    files = {f"{folder}/{item['path']}" for source in sources for item in source["items"]}
    (container,) = spec["containers"]
    assert {one["value"] for one in container["env"] if one["name"].endswith("KEYS")} <= files


def test_triton_has_the_key_where_it_and_its_liveness_check_look() -> None:
    spec = named("Deployment", "movietag-triton")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    (volume,) = [one for one in spec["volumes"] if one["name"] == "secrets"]
    source, for_endpoints = volume["projected"]["sources"]
    assert for_endpoints["secret"]["optional"]
    (mount,) = [one for one in container["volumeMounts"] if one["name"] == "secrets"]
    path = f"{mount['mountPath']}/{source['secret']['items'][0]['path']}"
    service = COMPOSE["services"]["triton"]
    assert path in [one["target"] for one in service["volumes"] if isinstance(one, dict)]
    asked = ["python3", "-m", "movietag.captioning.alive", f"--key-file={path}"]
    assert container["livenessProbe"]["exec"]["command"] == asked
    assert container["startupProbe"]["exec"]["command"] == asked
    assert service["healthcheck"]["test"] == ["CMD", *asked]
    image = (ROOT / "Dockerfile").read_text()
    assert f'"movietag.captioning.server", "--key-file={path}"' in image
    assert importlib.util.find_spec("movietag.captioning.server")
    locked = (ROOT / "docker" / "triton.lock").read_text()
    assert "\ntritonclient==" in locked  # what the check asks with
    assert float(service["healthcheck"]["timeout"].removesuffix("s")) > SECONDS
    assert container["livenessProbe"]["timeoutSeconds"] > SECONDS


def test_nobody_publishes_tritons_http() -> None:
    (container,) = named("Deployment", "movietag-triton")["spec"]["template"]["spec"]["containers"]
    assert 8000 not in [one["containerPort"] for one in container["ports"]]
    assert 8000 not in [one["port"] for one in named("Service", "movietag-triton")["spec"]["ports"]]
    assert not [one for one in COMPOSE["services"]["triton"]["ports"] if one.endswith(":8000")]


# -- safe


def test_compose_publishes_on_loopback_only() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert len(ports) >= 4
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


def test_every_container_of_ours_is_locked_down() -> None:
    for deployment in of_kind("Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} <= set(container["resources"]["requests"])
            assert "memory" in container["resources"]["limits"]


def test_every_deployment_has_a_budget_and_the_fence() -> None:
    budgets = {
        json.dumps(b["spec"]["selector"]["matchLabels"]) for b in of_kind("PodDisruptionBudget")
    }
    fence = named("NetworkPolicy", "movietag")["spec"]["podSelector"]["matchLabels"].items()
    for deployment in of_kind("Deployment"):
        assert json.dumps(deployment["spec"]["selector"]["matchLabels"]) in budgets
        assert fence <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_no_secret_is_written_down() -> None:
    assert not of_kind("Secret")
    for values in (
        named("ConfigMap", "movietag-settings")["data"],
        COMPOSE["x-stage"]["environment"],
    ):
        assert not [name for name in values if "PASSWORD" in name or "API_KEY" in name]


# -- the images


def test_the_images_are_locked_at_the_versions_of_the_project() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))

    project = pins(ROOT / "requirements.lock")
    for name, least in (("stages", 20), ("triton", 20), ("triton-vllm", 3), ("meaning", 3)):
        image = pins(ROOT / "docker" / f"{name}.lock")
        assert len(image) > least
        different = {k: (v, project[k]) for k, v in image.items() if project.get(k, v) != v}
        assert not different, "Run: make lock"


def test_the_stages_image_has_every_dependency_of_the_project() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    listed = [
        text.partition(f"\n{name} = [")[2].partition("\n]")[0] for name in ("dependencies", "web")
    ]
    names = {name.lower() for name in re.findall(r'^ +"([\w.-]+)', "\n".join(listed), re.MULTILINE)}
    lock = (ROOT / "docker" / "stages.lock").read_text()
    assert names >= {"faust-streaming", "fastapi"}
    assert names <= set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))


def test_the_image_can_have_the_extra_meaning() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    listed = text.partition("\nmeaning = [")[2].partition("\n]")[0]
    wanted = re.findall(r'^ +"([^"]+)', listed, re.MULTILINE)
    asked = (ROOT / "docker" / "meaning.in").read_text().splitlines()
    assert wanted == [line for line in asked if not line.startswith("#")]


def test_the_dockerfile_makes_all_images_and_runs_none_as_root() -> None:
    stages = re.split(
        r"^FROM .* AS ([\w-]+)\n", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE
    )
    made = dict(zip(stages[1::2], stages[2::2], strict=True))
    for target in ("stages", "triton", "triton-vllm"):
        users = re.findall(r"^USER (\d+):", made[target], re.MULTILINE)
        assert users
        assert users[-1] != "0"
    targets = {s["build"]["target"] for s in COMPOSE["services"].values() if "build" in s}
    assert targets == {"stages", "${TRITON_TARGET:-triton}"}


def test_the_vllm_image_serves_with_vllm_where_compose_sets_no_engine(tmp_path: Path) -> None:
    """Compose takes a variable away that it names and that nobody sets, whatever the image says."""
    text = (ROOT / "Dockerfile").read_text()
    passed = {k for k, v in COMPOSE["services"]["triton"]["environment"].items() if v is None}
    said = re.findall(r"\b(MOVIETAG_\w+)=", "".join(re.findall(r"^ENV .*", text, re.MULTILINE)))
    assert "MOVIETAG_ENGINE" in passed
    assert not passed & set(said)
    [command] = re.findall(r"^RUN (sed .*engine(?:.*\\\n)*.*)$", text, re.MULTILINE)
    shutil.copytree(model_repository(), tmp_path / "models")
    script = command.replace("/models/", f"{tmp_path}/models/")
    subprocess.run(["bash", "-ec", script], check=True)
    config = (tmp_path / "models" / "llava" / "config.pbtxt").read_text()
    assert parameters_in(config)["engine"] == {"string_value": "vllm"}
