-- Sessions that the gateway opened at cloud PSCs, and sessions that our own PSC opened.

create table gateway_sessions (
    organization text   not null references organizations (id),
    -- SHA-256 of the access token.
    hash         text   not null,
    provider     text   not null,
    holder       text,
    -- The access token, sealed: needed to end the session at its provider, also after a crash.
    token        bytea  not null,
    opened_at    bigint not null,
    expires_at   bigint not null,
    -- 1 if the session ends with the transaction that opened it.
    auto_revoke  bigint not null,
    -- Until when a live process answers for that transaction.
    held_until   bigint not null,
    -- Dead for us since.
    ended_at     bigint,
    -- Dead at the provider since.
    revoked_at   bigint,
    primary key (organization, hash)
);
create index gateway_sessions_open on gateway_sessions (organization, revoked_at, expires_at);

create table psc_sessions (
    organization text   not null references organizations (id),
    hash         text   not null,
    user_id      text   not null,
    holder       text   not null,
    scope        text   not null,
    opened_at    bigint not null,
    expires_at   bigint not null,
    revoked_at   bigint,
    primary key (organization, hash)
);
