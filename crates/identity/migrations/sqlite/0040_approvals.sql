-- Whether the person has an application on a telephone that approves sign-ins, and the number to which codes are sent.
alter table users add column push bigint not null default 0;
alter table users add column telephone text;

-- What a sign-in, whose password was right, asks of a telephone.
create table approvals (
    organization text   not null,
    id           text   not null,
    door         text   not null,
    user_id      text   not null,
    -- `push` or `message`.
    method       text   not null,
    -- The number to match, or the code that was sent.
    sealed       blob   not null,
    asked_at     bigint not null,
    expires_at   bigint not null,
    -- `waiting`, then `approved` or `denied`, and `used` once a session came of it.
    state        text   not null,
    primary key (organization, id),
    foreign key (organization, user_id) references users (organization, id)
);
create index approvals_by_expiry on approvals (expires_at);
