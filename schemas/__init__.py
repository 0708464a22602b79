"""The Avro schemas of the bus, one file for each released version: `<domain>/<Record>.v<N>.avsc`.

A released file never changes and is never removed: it is how old records stay readable. A
change is a new file with the next number; `bus schemas check` says whether it is allowed.

Beside Avro's own attributes, which other readers need, the files carry some of ours, which
other readers skip. They change neither the canonical form nor the fingerprint:

- `core` on a field of the record itself: a record in which it is wrong says nothing, and
  becomes a dead letter. Elsewhere only the wrong part is lost, and flagged.
- `pattern`, `minimum`, `maximum`, `maxLength`, `maxItems`: what a value must satisfy. They
  stand on the field or, for the items of a list, on the items' type.
- `unrecognized: "poison"` on a field whose unknown symbol makes a dead letter.
- `symbolDocs` on an enum: what each symbol means, as Avro has no place for it.

Each `doc` ends with the NIEM 6.0 element that corresponds, or "Local.".
"""
