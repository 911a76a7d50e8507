"""What the files below ``deploy`` start and show: their containers, command lines, ports and metric names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
_VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")
_METRIC = re.compile(r"\b(?:sot_\w+|vllm:\w+|vllm_router_\w+)")


@dataclass(frozen=True, slots=True)
class Container:
    """A container as compose or Kubernetes starts it.

    Args:
        where: ``compose`` or ``kubernetes``.
        name: The service or container.
        image: Its image.
        command: Arguments, variables of compose replaced by their defaults.
        spec: All that is said of it.
        pod: The pod's spec in Kubernetes, else empty.
    """

    where: str
    name: str
    image: str
    command: Sequence[str]
    spec: Mapping[str, Any]
    pod: Mapping[str, Any]

    def option(self, name: str) -> str:
        """Return the value of an option of the form ``--name=value``."""
        [value] = [word.partition("=")[2] for word in self.command if word.startswith(f"--{name}=")]
        return value

    def after(self, name: str) -> Sequence[str]:
        """Return the words that follow an option, to the end."""
        return self.command[list(self.command).index(f"--{name}") + 1 :]


def compose() -> Mapping[str, Any]:
    """Return the compose file."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def manifests() -> Sequence[Mapping[str, Any]]:
    """Return the objects of the Kubernetes manifests that the kustomization lists."""
    folder = DEPLOY / "kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["resources"]
    files = [folder / name for name in listed if name.endswith(".yaml")]
    return [each for file in files for each in yaml.safe_load_all(file.read_text("utf-8"))]


def containers() -> Iterator[Container]:
    """Return every container that is started."""
    for name, spec in compose()["services"].items():
        command = [_VARIABLE.sub(r"\1", word) for word in spec.get("command", ())]
        yield Container("compose", name, spec["image"], command, spec, {})
    for each in manifests():
        pod = each.get("spec", {}).get("template", {}).get("spec", {})
        for spec in pod.get("containers", ()):
            yield Container("kubernetes", spec["name"], spec["image"], spec.get("args", ()), spec, pod)


def named(name: str) -> Sequence[Container]:
    """Return the containers of one name, in compose and in Kubernetes."""
    return [each for each in containers() if each.name == name]


def board_queries() -> Sequence[str]:
    """Return the queries of the Grafana board."""
    board = json.loads((DEPLOY / "monitoring" / "board.json").read_text("utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]


def metric_names(query: str) -> set[str]:
    """Return the metrics that a query reads."""
    return set(_METRIC.findall(query))
