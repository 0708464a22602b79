"""The tracker: feeds the pure rules of `bus.notices` with what stands in the topics.

Facts are stored as they come, states derived from all that is stored. The rules know neither the
database nor the topics; this package knows both.

    contents.py     what the tracker reads
    handler.py      what happens to a batch of events, in one transaction
    fact_rows.py    events as rows, rows as facts
    fact_store.py   facts in Postgres
    placement.py    what a record is about that can't be applied
    unreadable.py   which policies a dead letter hides facts of
    coordination_store.py  observations, dispositions and exercise windows in Postgres
    recording.py    when a fact was recorded: a running maximum
    locks.py        which policies wait for each other
    touches.py      which policies a batch concerns
    telling.py      what findings there are, and what became of them
    changes.py      what differs from what was known before
    letters.py      which office is written to, about what
    due_table.py    something waits, falls due, and is done once
    due_store.py    what falls due of policies, in Postgres
    scheduling.py   carries it out
    unread.py       whether every answer has been read by now
    message_queue.py  messages in Postgres
    sending.py      sends them, over one channel after the other
    service.py      all of it as the service `tracker`
    state_store.py  clearances and findings in Postgres
    standing.py     where each policy stood when it was derived last
    finding_list.py findings, chosen for a list
    drafts.py       clearances and findings as events
    sequences.py    which sequence numbers were read, and which are missing
    positions.py    how far the tracker has read
    known.py        by which moment all that was read is known
    asking.py       the gate and the clearance, asked from the stored facts
    answers.py      the gate's answers, recorded and shown
    rebuilding.py   everything derived, made anew from the topics
    replaying.py    recorded answers, given again
    session.py      a connection for those who only ask
    moments.py      moments as people write them
    views.py        clearances and answers as they are shown
"""
