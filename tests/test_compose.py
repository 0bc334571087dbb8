"""The compose files, read as Compose reads them: what they start, with which settings, and who may see what."""

import re
from pathlib import Path
from typing import Any

import environ
import pytest
import yaml

from taskoverflow import environment
from tests.project import ROOT
from tests.test_documented_settings import examples

REDIS, SQS = "docker-compose.yml", "docker-compose.sqs.yml"
OURS = ["app", "worker", "migrate"]
# Of Compose itself and of AWS's library: not settings of ours.
OTHERS = {"BIND", "POSTGRES_PASSWORD", "REDIS_PORT", "AWS_CREDENTIALS_FILE"}
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
# Set by the image or given by another setting, or of no use in a container.
NOT_HANDED_ON = {
    "TASKOVERFLOW_DATA", "TASKOVERFLOW_ENV_FILE", "STATIC_ROOT", "DEBUG", "PORT",
    "DATABASE_URL", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER", "DATABASE_POOLER",
}  # fmt: skip


def read(name: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / name).read_text())["services"]


@pytest.fixture(params=[REDIS, SQS])
def services(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """The services that start by default: those of the first file, and what the second changes in them."""
    services = {name: service for name, service in read(REDIS).items() if "profiles" not in service}
    for name, changes in read(request.param).items() if request.param != REDIS else ():
        variables = services[name].get("environment", {}) | changes.get("environment", {})
        services[name] = services[name] | changes | {"environment": variables}
    return services


def test_every_service_is_there_and_tells_of_its_health(services: dict) -> None:
    assert set(services) == {*OURS, "database", "queue"}
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "/api/v1/ready?without=worker,broker" in dockerfile.partition("HEALTHCHECK")[2]
    assert "healthcheck" not in services["app"]  # the image's
    assert services["worker"]["healthcheck"]["test"][-1] == "heartbeat"
    for name in ("database", "queue"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
    assert services["migrate"]["depends_on"].keys() == {"database", "queue"}
    for name in ("app", "worker"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


@pytest.mark.parametrize("name", OURS)
def test_ours_can_write_to_nothing_but_data_and_memory(name: str) -> None:
    service = read(REDIS)[name]
    assert service["read_only"] is True
    assert (service["tmpfs"], service["volumes"], service["cap_drop"]) == (["/tmp"], ["state:/data"], ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "USER 10001:10001" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", OURS)
def test_settings_are_ours_and_all_can_be_given(services: dict, name: str) -> None:
    known = {name for name, _ in examples()}
    given = services[name]["environment"].keys()
    assert {variable for variable in given if not variable.startswith("AWS_")} <= known
    assert known - NOT_HANDED_ON - given <= {"WORKER_METRICS_PORT"}


def test_every_service_has_a_memory_limit(services: dict) -> None:
    limits = {name: service["mem_limit"] for name, service in services.items()}
    assert limits == {"app": "512m", "worker": "1g", "migrate": "512m", "database": "512m", "queue": "256m"}


def test_images_have_exact_versions(services: dict) -> None:
    images = [services[name]["image"] for name in ("database", "queue") if "build" not in services[name]]
    dockerfiles = [ROOT / "Dockerfile", ROOT / "terraform/local-sqs/Dockerfile"]
    images += [
        image for file in dockerfiles for image in re.findall("^FROM (.+)$", file.read_text(), re.MULTILINE)
    ]
    for image in images:
        assert re.fullmatch(r"(postgres:\d+\.\d+|(redis|python):\d+\.\d+\.\d+)[a-z-]+", image), image


def test_variables_of_the_files_are_settings(services: dict) -> None:
    known = {name for name, _ in examples()}
    assert {name for name, _ in VARIABLE.findall(str(services))} <= known | OTHERS


def test_only_the_web_server_has_a_port_and_only_this_machine_reaches_it(services: dict) -> None:
    assert {name for name, service in services.items() if "ports" in service} == {"app"}
    [port] = services["app"]["ports"]
    assert VARIABLE.sub(lambda match: match[2], port) == "127.0.0.1:6400:6400"


def test_no_secret_is_written_down(services: dict) -> None:
    # The database's password has a default, since nothing but these containers reaches the database.
    for service in services.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("(KEY|KEY_ID|TOKEN|PASSWORD|DSN|EMAIL_URL)$", variable):
                assert value is None or VARIABLE.fullmatch(value), variable


# What `openssl rand -base64` and password managers make.
@pytest.mark.parametrize("password", ["s3cr/t@p#ss", "a:b?c&d=e%20+", "$ecret", "two words", "'\"\\"])
def test_any_password_of_the_database_is_the_same_for_both(
    monkeypatch: pytest.MonkeyPatch, services: dict, password: str
) -> None:
    given = {"POSTGRES_PASSWORD": password}
    app, server = (
        {
            name: VARIABLE.sub(lambda match: given.get(match[1], match[2]), value)
            for name, value in services[service]["environment"].items()
            if value is not None
        }
        for service in ("app", "database")
    )
    for name in ("DATABASE_URL", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in app.items():
        monkeypatch.setenv(name, value)
    config = environment.database(environ.Env(), Path("unused"))
    assert (config["HOST"], config["PASSWORD"]) == ("database", server["POSTGRES_PASSWORD"])
    assert (config["USER"], config["NAME"]) == (server["POSTGRES_USER"], server["POSTGRES_DB"])
    assert server["POSTGRES_PASSWORD"] == password


def test_redis_for_this_machine_starts_only_when_named() -> None:
    redis, queue = (read(REDIS)[name] for name in ("redis", "queue"))
    [port] = redis["ports"]
    assert VARIABLE.sub(lambda match: match[2], port) == "127.0.0.1:6379:6379"
    assert redis["profiles"] == ["redis"]
    assert (redis["image"], redis["command"]) == (queue["image"], queue["command"])
    assert redis["volumes"] != queue["volumes"]  # two servers would damage each other's files


@pytest.fixture
def observers() -> dict[str, dict[str, Any]]:
    return {name: each for name, each in read(REDIS).items() if each.get("profiles") == ["observability"]}


def test_what_watches_the_system_starts_only_when_asked_for(observers: dict) -> None:
    assert set(observers) == {"prometheus", "grafana", "traces"}
    for service in observers.values():
        assert re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+", service["image"]), service["image"]
        assert service["mem_limit"]
        assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
        for port in service["ports"]:
            assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z]+_PORT:-(\d+)\}:\1", port), port


def test_nobody_can_sign_in_to_grafana(observers: dict) -> None:
    """Its first administrator is admin, with the password admin."""
    settings = observers["grafana"]["environment"]
    assert settings["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert settings["GF_AUTH_BASIC_ENABLED"] == "false"
    assert settings["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"


def test_what_watches_the_system_reads_files_that_are_there(observers: dict) -> None:
    mounted = dict(volume.split(":")[:2] for each in observers.values() for volume in each.get("volumes", []))
    files = {inside: ROOT / outside for outside, inside in mounted.items() if outside.startswith("./")}
    assert [str(path) for path in files.values() if not path.exists()] == []
    prometheus = yaml.safe_load(files["/etc/prometheus/prometheus.yml"].read_text())
    assert set(prometheus["rule_files"]) <= files.keys()
    (provider,) = yaml.safe_load((files["/etc/grafana/provisioning/dashboards"] / "dashboards.yml").read_text())[
        "providers"
    ]
    home = Path(observers["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert (files[str(home.parent)] / home.name).exists()


def test_what_watches_the_system_finds_it(observers: dict) -> None:
    web, worker = yaml.safe_load((ROOT / "monitoring/prometheus.yml").read_text())["scrape_configs"]
    assert web["static_configs"] == [{"targets": ["app:6400"]}]
    assert web["authorization"]["credentials_file"] in " ".join(observers["prometheus"]["entrypoint"])
    port = read(REDIS)["worker"]["environment"]["WORKER_METRICS_PORT"]
    assert worker["dns_sd_configs"] == [{"names": ["worker"], "type": "A", "port": port}]
    sources = yaml.safe_load((ROOT / "monitoring/grafana/provisioning/datasources/datasources.yml").read_text())
    inside = {f"http://{name}:{each['ports'][0].rpartition(':')[2]}" for name, each in observers.items()}
    assert {source["url"] for source in sources["datasources"]} <= inside
