-- Notices that an agency prepares, before anybody else sees them. An approval binds to one digest:
-- whoever changes the draft has to ask for approval again.
CREATE TABLE notice_draft (
    draft_id        uuid PRIMARY KEY,
    policy_id       text NOT NULL,
    content         jsonb NOT NULL,
    digest          text NOT NULL,
    drafter_role    text NOT NULL,
    drafter_id      text NOT NULL,
    drafted_at      timestamptz NOT NULL,
    approver_role   text,
    approver_id     text,
    approved_digest text,
    approved_at     timestamptz,
    event_id        uuid,
    published_at    timestamptz
);
