"""Which records caused what is shown: for each id, the way back to places in Kafka's logs.

It reads, and shows no record's content.

    explanation.py    what is known of an id, gathered from every owner
    owner_rows.py     what each owner's own rows say of an event
    tracker_rows.py   what the tracker's rows say: facts, states and findings
    rows.py           rows of a query by the names of its columns
"""
