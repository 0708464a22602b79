"""The consuming engine: from records on a topic to effects that happen once.

    subscription.py     what a handler's author sees
    kafka.py            FastStream and aiokafka, and nothing else of the engine knows them
    parser.py           from a record to an event, or to a rejected record

    machine.py          the state machine: what to do next, without I/O
    inputs.py           what can happen to it
    effects.py          what it can ask for
    core.py             claims, slices of a batch, gaps
    breaker.py          when a group stops, and how it tries again
    retries.py          when a record is tried again, and when no more
    limits.py           how much may be parked
    interpreter.py      does what the machine decides

    transaction.py      the transactions: the claim, a batch, what waits
    attempt.py          which records apply, wait or fail; the search for the culprit
    amending.py         what was parked or held: tried again, applied in its turn, closed
    ledger.py           what a transaction writes down of its records, and tells
    parking.py          dead letters and held records
    store.py            the port to the store
    postgres.py         the store in Postgres; its statements are in sql.py
    requests.py         what operators ask of dead letters

    engine.py           the machine in asyncio: one thing at a time, draining, ticking
    session.py          one membership of a group: the claim, the watch, leaving
    watchdog.py         when a membership is given up for a new one
    worker.py           all of these, put together: the service

Whoever is new here reads `machine.py` and `transaction.py` first.
"""
