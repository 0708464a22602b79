"""The consuming engine: from records on a topic to effects that happen once.

    subscription.py     what a handler's author sees
    kafka.py            FastStream, and the group's consumer; tolerant_records.py helps it read
    log.py              the port to the log that it fills
    parser.py           from a record to an event, or to a rejected record (records.py, headers.py)
    reading.py          parses the next batch meanwhile; ahead.py says what of it still counts

    machine.py          the state machine: what to do next, without I/O
    inputs.py           what can happen to it
    effects.py          what it can ask for
    claims.py           the claim, decided; slices of a batch, gaps
    breaker.py          when a group stops, and how it tries again
    retries.py          when a record is tried again, and when no more
    limits.py           how much may be parked
    interpreter.py      does what the machine decides

    transaction.py      the transactions: the claim, a batch, what waits
    attempt.py          which records apply, wait or fail; the search for the culprit
    amending.py         what was parked or held: tried again, applied in its turn, closed
    ledger.py           what a transaction writes down of its records, and tells (announcements.py)
    unit.py             what a handler writes through
    parking.py          dead letters and held records
    store.py            the port to the store
    postgres.py         the store in Postgres (sql.py, letter_rows.py)
    requests.py         what operators ask of dead letters

    engine.py           the machine in asyncio: one thing at a time, draining, ticking
    session.py          one membership of a group: the claim, the watch, leaving
    watchdog.py         when a membership is given up for a new one
    observing.py        what the work looks like in metrics and logs
    worker.py           all of these, put together: the service

    positions.py, lag.py, log_bounds.py, tailing.py, resetting.py are asked from outside the group

Whoever is new here reads `machine.py` and `transaction.py` first.
"""
