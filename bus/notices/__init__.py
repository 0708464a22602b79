"""The announcement guarantee: which policy was announced to whom, and may it be acted on?

Pure functions. Facts go in, with `at` (the moment asked about) and `known_at` (what had been
recorded by then); a state comes out. There is no database, no Kafka and no clock in here, so
the same question with the same facts has the same answer for ever.

    facts/          what was said and stored: notices, acknowledgements, receipts, …
    states.py       the words for what facts come to
    history.py      a set of facts, without duplicates, in the log's order
    digest.py       the material digest of a notice
    versions.py     which agreements apply to a notice
    agreement.py    whose acceptance a notice needs, and how long before it takes effect
    approval.py     whether two officers issued a notice
    dossier.py      the facts that count for one policy
    texts.py        its material texts, each until another one changes it
    revisions.py    its revisions, and which of them governs at a moment
    decisions.py    what an office's decisions on one text come to
    conditions.py   the conditions of an acceptance, and what the issuer answered
    delegation.py   who may decide for whom
    after_effect.py what offices decide once a revision has taken effect
    emergency.py    by what emergency a lead time may be shorter
    delivery.py     when that text reached an office, and whether in time
    assessment.py   one revision judged, whatever the time
    force.py        whether the policy is in force at a moment
    stays.py        its stays, and how each one ends
    succession.py   which newer policies replace an older one, and from when
    clearance.py    all five dimensions at a moment
    schedule.py     what falls due by time alone, and when
    gate.py         the answer to "may this policy be acted on?"
    observations.py what offices saw of policies that nobody announced
    findings.py     what somebody must look at
    life.py         what became of a finding
    ladders.py      whom an alarm turns to that nobody takes
    detector/       finds it: facts in, findings out
    practice/       finds a change of practice that no policy explains
    rules_version.py  by which rules an answer was given
    payloads.py     clearances and findings as the bus publishes them

The dimensions. In each, the first value that holds is the state:

    record   UNREADABLE   a record of this policy is an open dead letter, or the governing
                          notice has a material field that couldn't be read
             UNKNOWN      no notice
             CONFLICT     the governing revision has two contents
             SOUND
    answer   NO_SEAT      no seat is required
             REJECTED     a seat can't be filled unless an office decides anew: it objected, or
                          the issuer refused its condition
             ACCEPTED     every seat is filled
             PENDING
    lead     the worst office of all required seats:
             KEPT         the text reached it a whole lead time before the policy takes effect
             SHORTENED    …or an agreed emergency's shorter one
             WAIVED       its own acceptance waives the lead time
             SHORT        not delivered, or delivered late; a reason says by whose doing
    force    ENDED        cancelled, superseded or expired
             STAYED       by a court, and not lifted
             IN_FORCE     `effective_at` has come
             NOT_YET
    mode     ACTUAL, EXERCISE or TEST: that of the policy's first notice whose mode is sound,
             for ever; ACTUAL while there is none

    announced = SOUND and ACCEPTED and not SHORT and a final text that two officers issued,
                in full or sealed, of a policy that wasn't cancelled by then
    clear     = announced and IN_FORCE and ACTUAL (and, at the gate, the tracker is fresh)

While no notice is readable, all dimensions but `record` are None. `announced` belongs to a
revision and never asks what time it is: time changes only the force, which revision governs,
and who is overdue.

One principle settles every doubt: **what opens a gate is read strictly, what closes it
generously.** An acceptance counts only if everything about it is right; a rejection, a
cancellation or a stay counts also when its mode is unsound or its digest is wrong. So an
agreement that contradicts itself adds what it asks to the default, and grants nothing.

Intervals are half-open: what begins at T holds at T, what ends at T doesn't.
"""
