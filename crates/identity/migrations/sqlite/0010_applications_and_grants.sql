-- What applications may do by which protocol, and what was granted to them.

create table jwt_applications (
    organization text not null,
    id           text not null,
    home_url     text,
    callback_url text not null,
    -- The shared secret, sealed: signing needs it in plain.
    secret       blob not null,
    primary key (organization, id),
    foreign key (organization, id) references applications (organization, id)
);

create table oauth_applications (
    organization       text   not null,
    id                 text   not null,
    home_url           text,
    -- SHA-256 of the secret; null for a public client.
    secret_hash        text,
    code_redirects     text   not null,
    token_redirects    text   not null,
    logout_url         text,
    implicit           bigint not null,
    without_pkce       bigint not null,
    client_credentials bigint not null,
    primary key (organization, id),
    foreign key (organization, id) references applications (organization, id)
);

-- One authorization of one application. Everything that was issued because of it dies with it.
create table grants (
    organization text   not null references organizations (id),
    id           text   not null,
    application  text   not null,
    -- Null where the application acts for itself.
    user_id      text,
    session_id   text,
    scope        text   not null,
    issued_at    bigint not null,
    expires_at   bigint not null,
    revoked_at   bigint,
    primary key (organization, id),
    foreign key (organization, application) references applications (organization, id)
);
create index grants_of_a_session on grants (organization, session_id);
create index grants_by_expiry on grants (expires_at);

-- Tokens of a grant, as hashes. `access` and `jwt` are shown to others; `refresh` and `ticket` buy the next ones, once.
create table grant_tokens (
    organization text   not null,
    hash         text   not null,
    grant_id     text   not null,
    kind         text   not null,
    issued_at    bigint not null,
    expires_at   bigint not null,
    used_at      bigint,
    primary key (organization, hash),
    foreign key (organization, grant_id) references grants (organization, id) on delete cascade
);
create index grant_tokens_of_a_grant on grant_tokens (organization, grant_id);
create index grant_tokens_by_expiry on grant_tokens (expires_at);
