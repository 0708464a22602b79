"""Every metric of the bus, in one catalogue that code, documentation and tests read.

    kinds.py      a counter, a gauge, a histogram: what each metric says of itself
    labels.py     what each label names, and which values it can have
    counted.py    what services count where it happens
    states.py     how things stand: told by the monitor, and of an outbox by its relay
    catalogue.py  all of them
    page.py       the catalogue as a page

Labels are few and enumerated; never an id, never a person. Each label set is made at 0 where its
owner starts: a counter that is born at 1 is one whose first increase Prometheus can't see. Gauges
hold moments, not ages; 0 is none.
"""
