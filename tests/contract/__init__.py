"""The bytes that others rely on: Avro's own vectors, golden files, agreement of two libraries."""
