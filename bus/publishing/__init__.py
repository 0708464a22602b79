"""From a caller's transaction to Kafka: outbox or spool take events, the relay sends them."""
