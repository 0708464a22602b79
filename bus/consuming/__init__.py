"""The consuming engine: from records on a topic to effects that happen once.

    subscription.py     what a handler's author sees
    kafka.py            FastStream and aiokafka, and nothing else of the engine knows them
    session.py          one membership of a group: the claim, the watch, leaving
    claiming.py         the claim's transaction
    parser.py           from a record to an event, or to a rejected record
    core.py             the decisions, without I/O
    engine.py           carries them out
    batch.py            the batch's transaction
    store.py            its statements
    worker.py           all of these, put together: the service

Whoever is new here reads `core.py` and `batch.py` first.
"""
