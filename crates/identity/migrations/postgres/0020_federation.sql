-- What a person may do in an account, by group: a JSON list of {id, name, groups}.
alter table accounts add column roles text not null default '[]';

-- Rules that turn attributes into a user name and groups, and the dialect in which they are written; both or neither.
alter table identity_providers add column mapping text;
alter table identity_providers add column mapping_dialect text;

-- Tokens that are scoped after they are issued. They are not `tokens`: a token of one kind is never taken for one of the other.
create table federation_tokens (
    organization text   not null references organizations (id),
    hash         text   not null,
    -- The token that it was scoped from, which it dies with.
    parent       text,
    -- The account that it opens; null for an unscoped one.
    account      text,
    method       text   not null,
    user_id      text   not null,
    user_name    text   not null,
    -- Identifiers.
    groups       text   not null,
    -- The identity provider that vouched; null after a local sign-in.
    provider     text,
    issued_at    bigint not null,
    expires_at   bigint not null,
    revoked_at   bigint,
    primary key (organization, hash),
    foreign key (organization, parent) references federation_tokens (organization, hash) on delete cascade
);
create index federation_tokens_of_a_parent on federation_tokens (organization, parent);
create index federation_tokens_by_expiry on federation_tokens (expires_at);
