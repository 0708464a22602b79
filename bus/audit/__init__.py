"""The audit: a proof, from durable rows, that nothing is lost and nothing is counted twice.

It reads, and changes nothing.

    auditing.py   the audit of some owners: their accounts, their stores, and the broker's logs
    accounts.py   whether each offset that a group passed has exactly one standing
    outbox.py     whether each number that an outbox gave has its event
    spool.py      the same of a spool, and whether the file is whole
    faults.py     what can be found to be wrong
"""
