"""`bus serve monitor`: how things stand, told by somebody who does none of the work.

    service.py    the parts of its work, each of which succeeds or fails by itself
    groups.py     consumer groups, as their databases have them
    policies.py   policies, decisions that are owed, findings and gaps, as the tracker has them
    broker.py     the log's ends, members, and when records were appended, as the broker has them
    lag.py        from both: how far each group is behind
    canary.py     a notice of mode TEST that proves the whole path
    machine.py    clocks and disks
    showing.py    states as gauges

It asks databases and broker, never a service, so it tells of services that are down. What it asks
of a database needs an index or a small table: it asks every few seconds, for years.
"""
