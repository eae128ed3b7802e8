-- Failures in a row, for each person and proof: after too many nothing is judged for a day. `user_id` is '' for names that
-- nobody has, so that counting takes as long for them; that is why it refers to no person.
create table failures (
    organization text   not null references organizations (id),
    user_id      text   not null,
    -- 'password', 'code', 'code-alone'
    proof        text   not null,
    -- A digest of what would have been right: failures at an earlier password do not count any more.
    credential   text   not null,
    failures     bigint not null,
    last_at      bigint not null,
    closed_until bigint,
    primary key (organization, user_id, proof)
);
