"""What offices do with notices: announce a policy, decide on one, say what becomes of it.

All write to the office's own agency, through its outbox. What is on record comes from the
tracker's facts, and from what the agency has published that the tracker hasn't read yet.

    own_outbox.py    what the agency itself has published about a policy
    announcing.py    a notice: its revision, its lead time, what its sender should know
    drafting.py      a notice that two officers prepare before it is published
    changing.py      what differs between two texts, and whose answers a change voids
    deciding.py      a decision: what it binds to, and why it may be refused
    overview.py      the policies of which there are notices
    observing.py     what an office saw, exercises, and what became of findings
    known_policy.py  a policy as an agency's next statement about it finds it
    policy_steps.py  a policy's end, its stays, and what goes on without clearance
    conditions.py    whose turn it is with a condition, and the issuer's answers
    waiting.py       what waits for each office
    delegating.py    who lets whom decide
    succeeding.py    a newer policy in the place of an older one
    baseline.py      a practice that is older than the agreement
"""
