"""Fetches Kafka's jars with jgo, as a program of its own: `python -m bus.local.fetch`.

jgo reads its settings from the environment and writes to the home directory by default; in a
process of its own it gets an environment in which neither is the user's.
"""

from __future__ import annotations

import sys

import jgo

COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "org.apache.kafka:kafka-tools:4.3.1",
    # Pinned: the tree of log4j drags in 3.9.1 else, and Kafka dies of NoSuchMethodError.
    "org.apache.kafka:kafka-clients:4.3.1",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",
    "org.apache.logging.log4j:log4j-core:2.25.3",
)


def main() -> None:
    """Print the path of each jar that Kafka needs, one a line, after fetching what is missing."""
    for jar in jgo.build("+".join(COORDINATES)).all_jars:
        sys.stdout.write(f"{jar}\n")


if __name__ == "__main__":
    main()
