"""The catalogue on a real broker."""

from __future__ import annotations

import json

import pytest
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner

from bus.cli.topics import app
from bus.errors import FaultError, UnavailableError, UsageError
from bus.settings import Settings
from bus.simulation import refuse_real_cluster
from bus.topic_admin import TopicIds, create_topics, find_drift
from bus.topics import Names, catalogue, find_topic
from tests.conftest import MakeTopic

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def environment(bootstrap: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Names:
    """Let the command meet the run's broker under the test's prefix."""
    monkeypatch.setenv("BUS_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("BUS_TOPIC_PREFIX", topic_prefix)
    return Names(topic_prefix)


def run(*arguments: str) -> tuple[int, object]:
    """Run `bus topics` and return its exit code and what it printed as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_apply_creates_the_catalogue_once_and_check_then_finds_nothing(
    environment: Names,
) -> None:
    code, before = run("check")
    _, first = run("apply")
    _, second = run("apply")
    clean, after = run("check")

    assert code == 1
    assert isinstance(before, list)
    assert {each["topic"] for each in before} == set(catalogue())
    assert {each["found"] for each in before} == {"missing"}
    assert first == {"created": list(catalogue())}
    assert second == {"created": []}
    assert (clean, after) == (0, [])


def test_check_names_every_drift(environment: Names, make_topic: MakeTopic, bootstrap: str) -> None:
    make_topic("doj.policy-notice.v1", partitions=2, retention_ms="1000")
    make_topic("doj.gossip.v1")
    create_topics(bootstrap, environment, list(catalogue().values()))

    found = find_drift(bootstrap, environment)

    drift = {(each.topic, each.what): (each.wanted, each.found) for each in found}
    assert drift[("doj.policy-notice.v1", "partitions")] == ("4", "2")
    assert drift[("doj.policy-notice.v1", "retention.ms")] == ("-1", "1000")
    assert drift[("doj.policy-notice.v1", "message.timestamp.type")][0] == "LogAppendTime"
    assert drift[("doj.gossip.v1", "topic")] == ("not in the catalogue", "exists")
    assert {topic for topic, _ in drift} == {"doj.policy-notice.v1", "doj.gossip.v1"}


def test_the_catalogue_is_shown_without_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_BOOTSTRAP", NOWHERE)

    code, shown = run("list")

    assert code == 0
    assert isinstance(shown, list)
    assert [each["topic"] for each in shown] == list(catalogue())


def test_a_topic_created_again_has_another_id(
    bootstrap: str, kafka_admin: AdminClient, topic_prefix: str
) -> None:
    names, topic = Names(topic_prefix), find_topic("bus.agreement.v1")
    create_topics(bootstrap, names, [topic])
    ids = TopicIds(bootstrap, names)
    first = ids.of([topic.name])
    kafka_admin.delete_topics([names.on_broker(topic.name)])[names.on_broker(topic.name)].result(10)
    while not create_topics(bootstrap, names, [topic]):
        pass

    second = ids.of([topic.name])

    assert first.keys() == second.keys() == {topic.name}
    assert first != second


def test_the_id_of_a_topic_that_is_missing_is_a_fault(bootstrap: str, topic_prefix: str) -> None:
    with pytest.raises(FaultError, match="bus topics apply"):
        TopicIds(bootstrap, Names(topic_prefix)).of(["bus.agreement.v1"])


def test_a_broker_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bus.topic_admin.TIMEOUT_SECONDS", 0.5)

    with pytest.raises(UnavailableError, match=NOWHERE):
        create_topics(NOWHERE, Names(), list(catalogue().values()))


async def test_a_simulated_clock_needs_the_runs_own_cluster(
    bootstrap: str, cluster_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock_file = tmp_path_factory.mktemp("clock") / "clock"
    real = Settings(bootstrap=NOWHERE)
    own = Settings(bootstrap=bootstrap, clock_file=clock_file, local_cluster_id=cluster_id)
    other = own.model_copy(update={"local_cluster_id": "another"})
    unnamed = own.model_copy(update={"local_cluster_id": None})

    await refuse_real_cluster(real)
    await refuse_real_cluster(own)
    with pytest.raises(UsageError, match="another"):
        await refuse_real_cluster(other)
    with pytest.raises(UsageError, match="BUS_LOCAL_CLUSTER_ID"):
        await refuse_real_cluster(unnamed)
