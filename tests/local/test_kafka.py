"""The broker's properties, a pure function."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bus.local.kafka import BrokerPlace, broker_properties, new_cluster_id, render_properties
from bus.local.ports import Detour

PLACE = BrokerPlace(node_id=1, port=9092, controller_port=9093, data=Path("/data"))


@pytest.mark.parametrize(
    ("nodes", "replicas", "in_sync"), [(1, "1", "1"), (2, "2", "1"), (3, "3", "2"), (5, "3", "2")]
)
def test_topics_are_replicated_as_far_as_there_are_nodes(
    nodes: int, replicas: str, in_sync: str
) -> None:
    controllers = {node: 9093 + node for node in range(1, nodes + 1)}

    properties = broker_properties(PLACE, controllers)

    assert properties["default.replication.factor"] == replicas
    assert properties["min.insync.replicas"] == in_sync
    assert properties["offsets.topic.replication.factor"] == replicas
    assert properties["transaction.state.log.replication.factor"] == replicas
    assert properties["share.coordinator.state.topic.replication.factor"] == replicas
    assert properties["transaction.state.log.min.isr"] == in_sync
    assert properties["share.coordinator.state.topic.min.isr"] == in_sync


def test_every_controller_is_named_to_every_broker() -> None:
    properties = broker_properties(PLACE, {1: 9093, 2: 9094})

    assert properties["controller.quorum.voters"] == "1@127.0.0.1:9093,2@127.0.0.1:9094"


def test_only_the_loopback_address_is_listened_on() -> None:
    listeners = broker_properties(PLACE, {1: 9093})["listeners"].split(",")

    assert listeners == ["BROKER://127.0.0.1:9092", "CONTROLLER://127.0.0.1:9093"]


def test_a_broker_with_a_detour_tells_its_clients_to_come_by_the_proxy() -> None:
    place = replace(PLACE, detour=Detour(port=9095, advertised_port=9096))

    properties = broker_properties(place, {1: 9093})

    assert properties["listeners"].endswith(",DETOUR://127.0.0.1:9095")
    assert properties["advertised.listeners"].endswith(",DETOUR://127.0.0.1:9096")


def test_a_topic_exists_only_when_someone_created_it() -> None:
    assert broker_properties(PLACE, {1: 9093})["auto.create.topics.enable"] == "false"


def test_a_backslash_in_a_path_survives_the_properties_file() -> None:
    assert render_properties({"log.dirs": "/a\\b"}) == "log.dirs=/a\\\\b\n"


def test_cluster_ids_look_like_kafkas_own_and_differ() -> None:
    ids = {new_cluster_id() for _ in range(100)}

    assert len(ids) == 100
    assert all(len(cluster_id) == 22 and not cluster_id.startswith("-") for cluster_id in ids)
