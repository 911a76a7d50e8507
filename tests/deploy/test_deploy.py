"""What ``deploy`` starts: options that the programs have, ports that agree, pinned images, no key in a file.

The files were never run by Docker or Kubernetes; ``tests/servers/test_router.py`` starts real engines and the
real router with their options, and reads the metrics of the board there.
"""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from deployed import DEPLOY, ROOT, board_queries, compose, containers, manifests, metric_names, named

from sot.cli import main
from sot.cli.command_options import ServeOptions
from sot.server.capacity import Capacity
from sot.server.metrics import Metrics

HEALTH = {"/health", "/ready"}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[ServeOptions]:
    """The options that `sot serve` was called with, without a server."""
    taken: list[ServeOptions] = []
    monkeypatch.setattr("sot.cli.serve.run_serve", taken.append)
    return taken


def test_sot_takes_its_command_lines(parsed: list[ServeOptions]) -> None:
    for container in named("sot"):
        assert main(list(container.command)) in (0, None)
        options = parsed[-1]
        assert options.host == "0.0.0.0"
        assert options.api_key_file is not None
        assert not options.insecure
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    [default] = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    main(yaml.safe_load(default))
    assert len({options.port for options in parsed}) == 1
    assert f"EXPOSE {parsed[-1].port}\n" in dockerfile
    assert f"127.0.0.1:{parsed[-1].port}/health" in dockerfile


def test_answers_have_their_grace_time(parsed: list[ServeOptions]) -> None:
    in_compose, in_kubernetes = named("sot")
    for container in (in_compose, in_kubernetes):
        main(list(container.command))
    assert int(in_compose.spec["stop_grace_period"].removesuffix("s")) > parsed[0].grace
    before = int(in_kubernetes.spec["lifecycle"]["preStop"]["exec"]["command"][1])
    assert in_kubernetes.pod["terminationGracePeriodSeconds"] > before + parsed[1].grace


def test_the_router_knows_the_engines() -> None:
    in_compose, in_kubernetes = named("router")
    services = compose()["services"]
    engines = [name for name in services if name.startswith("vllm")]
    assert list(in_compose.after("worker-urls")) == [f"http://{name}:8000" for name in engines]
    [stateful] = [
        each for each in manifests() if each["kind"] == "StatefulSet" and each["metadata"]["name"] == "vllm"
    ]
    stable = [f"http://vllm-{number}.vllm:8000" for number in range(stateful["spec"]["replicas"])]
    assert list(in_kubernetes.after("worker-urls")) == stable
    for engine in [each for each in containers() if each.image.startswith("vllm/")]:
        assert engine.option("port") == "8000"
    for router, sot in zip((in_compose, in_kubernetes), named("sot"), strict=True):
        assert sot.option("backend") == f"http://router:{router.option('port')}/v1"
        assert router.option("policy") == "consistent_hash"


def test_services_and_probes_meet_open_ports() -> None:
    deployed = {
        each["spec"]["template"]["metadata"]["labels"]["app"]: each["spec"]["template"]["spec"]
        for each in manifests()
        if each["kind"] in ("Deployment", "StatefulSet")
    }
    for app, pod in deployed.items():
        [container] = pod["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        options = [word for word in container.get("args", ()) if re.match(r"--(prometheus-)?port=", word)]
        assert {int(word.partition("=")[2]) for word in options} <= set(ports.values()), app
        probes = [container[key] for key in container if key.endswith("Probe")]
        assert {probe["httpGet"]["port"] for probe in probes} <= set(ports), app
        if app == "sot":
            assert {probe["httpGet"]["path"] for probe in probes} == HEALTH
            assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    for service in [each for each in manifests() if each["kind"] == "Service"]:
        pod = deployed[service["spec"]["selector"]["app"]]
        ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
        for port in service["spec"]["ports"]:
            aim = port.get("targetPort", port["port"])
            assert aim in (ports if isinstance(aim, str) else ports.values()), service["metadata"]["name"]


def test_prometheus_finds_every_kind() -> None:
    config = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yml").read_text("utf-8"))
    services = {each["metadata"]["name"]: each["spec"] for each in manifests() if each["kind"] == "Service"}
    aliases = [
        alias
        for service in compose()["services"].values()
        if isinstance(networks := service.get("networks"), dict)
        for network in networks.values()
        for alias in network.get("aliases", ())
    ]
    for job in config["scrape_configs"]:
        [found] = job["dns_sd_configs"]
        [name] = found["names"]
        assert services[name]["clusterIP"] == "None"  # a name of all pods, not of the balancer before them
        assert found["port"] in [port["port"] for port in services[name]["ports"]]
        assert name in aliases
    assert {job["job_name"] for job in config["scrape_configs"]} == {"sot", "router", "vllm"}


def test_images_are_pinned_to_what_was_tested() -> None:
    images = {each.image for each in containers()}
    froms = [
        line.split()[1]
        for file in DEPLOY.glob("*Dockerfile")
        for line in file.read_text("utf-8").splitlines()
        if line.startswith("FROM ")
    ]
    assert len(froms) >= 3
    for image in (*images, *froms):
        assert re.search(r":v?\d+\.\d+\.\d+", image), image
    vllm = re.findall(r"^VLLM=(.*)$", (ROOT / "tests/vllm/setup.sh").read_text("utf-8"), re.MULTILINE)
    assert f"vllm/vllm-openai:v{vllm[0]}" in images
    pinned = (ROOT / "tests/servers/constraints-router.txt").read_text("utf-8")
    [router] = re.findall(r"^vllm-router==(.*)$", pinned, re.MULTILINE)
    [own] = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert {f"vllm-router:{router}", f"sot-serve:{own}"} <= images
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text("utf-8"))
    assert {(each["name"], each["newTag"]) for each in kustomization["images"]} == {
        ("vllm-router", router),
        ("sot-serve", own),
    }


def test_no_key_is_in_a_file() -> None:
    for container in containers():
        env = container.spec.get("environment") or container.spec.get("env") or {}
        pairs = env.items() if isinstance(env, dict) else [(each["name"], each.get("value")) for each in env]
        for name, value in pairs:
            secret = re.search("KEY|PASSWORD|TOKEN", name)
            assert not secret or value is None or str(value).startswith("/run/secrets/"), name
        assert not [word for word in container.command if re.match(r"--(api-key|header)(=|$)", word)]
    assert not [each for each in manifests() if each["kind"] == "Secret"]
    for secret in compose()["secrets"].values():
        checked = subprocess.run(
            ["git", "check-ignore", "--no-index", "-q", f"deploy/{secret['file']}"], cwd=ROOT, timeout=20
        )
        assert checked.returncode == 0, f"{secret['file']} would be committed"


def test_containers_of_ours_have_few_rights() -> None:
    for container in [each for each in containers() if not each.image.startswith("vllm/")]:
        if container.where == "compose":
            assert container.spec["read_only"]
            assert container.spec["cap_drop"] == ["ALL"]
        else:
            rights = container.spec["securityContext"]
            assert container.pod["securityContext"]["runAsNonRoot"]
            assert rights["readOnlyRootFilesystem"]
            assert not rights["allowPrivilegeEscalation"]
            assert rights["capabilities"] == {"drop": ["ALL"]}
    for file in DEPLOY.glob("*Dockerfile"):
        assert re.search(r"^USER 10001", file.read_text("utf-8"), re.MULTILINE)


def test_the_board_reads_metrics_that_the_server_has() -> None:
    text = Metrics(Capacity(1, 1, 1.0)).text().decode()
    known = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    read = {name for query in board_queries() for name in metric_names(query) if name.startswith("sot_")}
    assert {name.removesuffix("_bucket") for name in read} <= known
    shown = {name for name in known if not name.endswith("_created")}
    assert {name.removesuffix("_bucket") for name in read} >= shown  # none is forgotten
