"""Between payloads and bytes: Avro framing, the schema store, encoding, decoding, rules.

Read `framing` first, for what stands in front of a value; then `schemas`, `decoding`,
`encoding`. `leaves` and `shapes` are what those share: a schema, compiled once.
"""
