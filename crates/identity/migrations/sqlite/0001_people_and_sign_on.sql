-- Times are milliseconds since 1970 (bigint), lists are JSON in text, flags are a time or 0/1 in bigint: the one set of types
-- that both databases carry alike. The file of the other database differs in `blob` and `bytea` only.

create table organizations (
    id         text   not null primary key,
    name       text   not null,
    created_at bigint not null
);

create table groups (
    organization text not null references organizations (id),
    id           text not null,
    name         text not null,
    primary key (organization, id),
    unique (organization, name)
);

create table users (
    organization  text   not null references organizations (id),
    id            text   not null,
    -- As declared; `key` is what look-ups compare: lower case.
    name          text   not null,
    key           text   not null,
    password_hash text,
    full_name     text,
    email         text,
    guid          text   not null,
    totp          blob,
    -- The last time step whose code was accepted: no code of it or of an earlier one is accepted again.
    totp_step     bigint,
    disabled_at   bigint,
    created_at    bigint not null,
    primary key (organization, id),
    unique (organization, key),
    unique (organization, guid)
);

create table memberships (
    organization text not null,
    user_id      text not null,
    group_id     text not null,
    primary key (organization, user_id, group_id),
    foreign key (organization, user_id) references users (organization, id),
    foreign key (organization, group_id) references groups (organization, id)
);

create table identity_providers (
    organization      text   not null references organizations (id),
    id                text   not null,
    entity_id         text   not null,
    metadata          text   not null,
    enabled           bigint not null,
    allow_unsolicited bigint not null,
    groups_attribute  text,
    user_attribute    text,
    primary key (organization, id),
    unique (organization, entity_id)
);

create table accounts (
    organization      text not null references organizations (id),
    id                text not null,
    name              text not null,
    admits            text not null,
    identity_provider text,
    primary key (organization, id),
    foreign key (organization, identity_provider) references identity_providers (organization, id)
);

create table applications (
    organization  text   not null references organizations (id),
    id            text   not null,
    name          text   not null,
    entity_id     text,
    metadata      text,
    sign_requests bigint not null,
    primary key (organization, id),
    unique (organization, entity_id)
);

create table signing_keys (
    organization text   not null,
    door         text   not null,
    purpose      text   not null,
    sealed       blob   not null,
    certificate  blob   not null,
    created_at   bigint not null,
    primary key (organization, door, purpose)
);

create table sessions (
    organization     text   not null,
    door             text   not null,
    id               text   not null,
    cookie_hash      text   not null,
    user_id          text   not null,
    authenticated_at bigint not null,
    class_ref        text   not null,
    idle_expires_at  bigint not null,
    expires_at       bigint not null,
    ended_at         bigint,
    -- The logout that ended it, if one did.
    logout           text,
    primary key (organization, id),
    unique (organization, cookie_hash),
    foreign key (organization, user_id) references users (organization, id)
);
create index sessions_of_a_user on sessions (organization, user_id);
create index sessions_of_a_logout on sessions (organization, logout);
create index sessions_by_expiry on sessions (expires_at);

-- The relying parties that a session took part with.
create table participants (
    organization  text   not null,
    session_id    text   not null,
    entity_id     text   not null,
    name_id       text   not null,
    name_id_format text,
    session_index text   not null,
    -- How its part in the logout went: null as long as it was not asked, then `asked`, `done` or `failed`.
    logout_state  text,
    primary key (organization, session_id, entity_id),
    unique (organization, entity_id, session_index),
    foreign key (organization, session_id) references sessions (organization, id) on delete cascade
);

-- A single logout under way at an identity provider of ours, and who is to be answered at its end.
create table logouts (
    organization text   not null,
    id           text   not null,
    door         text   not null,
    entity_id    text,
    request_id   text,
    relay_state  text,
    expires_at   bigint not null,
    primary key (organization, id)
);
create index logouts_by_expiry on logouts (expires_at);

create table tokens (
    organization   text   not null,
    hash           text   not null,
    account        text   not null,
    user_name      text   not null,
    user_id        text   not null,
    full_name      text,
    groups         text   not null,
    provider       text,
    name_id        text,
    name_id_format text,
    session_index  text,
    issued_at      bigint not null,
    expires_at     bigint not null,
    revoked_at     bigint,
    primary key (organization, hash)
);
create index tokens_of_a_session on tokens (organization, provider, name_id, session_index);
create index tokens_by_expiry on tokens (expires_at);

-- Whatever may be used once: a row is inserted in the transaction of the effect, or the effect does not happen.
create table consumed (
    kind         text   not null,
    organization text   not null,
    key          text   not null,
    expires_at   bigint not null,
    primary key (kind, organization, key)
);
create index consumed_by_expiry on consumed (expires_at);

create table audit (
    id           text   not null primary key,
    at           bigint not null,
    kind         text   not null,
    organization text   not null,
    actor        text,
    object       text,
    code         text,
    detail       text   not null,
    correlation  text   not null,
    client       text
);
create index audit_by_time on audit (organization, at);
create index audit_by_object on audit (organization, object);
