"""From a caller's transaction to Kafka: the outbox takes events, the relay sends them."""
