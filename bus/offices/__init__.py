"""What offices do with notices: announce a policy, decide on one.

Both write to the office's own agency, through its outbox. What is on record comes from the
tracker's facts, and from what the agency has published that the tracker hasn't read yet.

    own_outbox.py   what the agency itself has published about a policy
    announcing.py   a notice: its revision, its lead time, what its sender should know
    deciding.py     a decision: what it binds to, and why it may be refused
    overview.py     the policies of which there are notices
"""
