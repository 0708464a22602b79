"""Real Kafka and real Postgres on one machine, from packages alone: for the demo and the tests."""
