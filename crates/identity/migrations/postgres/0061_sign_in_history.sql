-- Which sign-ins an organization remembers, so that changed mapping rules can be tried on them. Nothing is kept without a row here.
create table sign_in_history_settings (
    organization text   not null primary key references organizations (id),
    -- How many days, and how many people at most.
    days         bigint not null,
    people       bigint not null,
    -- Attributes whose values are kept as they are: a JSON list. Of all others a keyed fingerprint is kept.
    attributes   text   not null
);

-- The last sign-in of each person through each provider.
create table sign_in_history (
    organization text   not null references organizations (id),
    provider     text   not null,
    protocol     text   not null,
    -- The stable identifier that tokens have.
    person       text   not null,
    at           bigint not null,
    expires_at   bigint not null,
    -- Attributes as JSON, redacted, sealed.
    sealed       bytea   not null,
    primary key (organization, provider, protocol, person)
);
create index sign_in_history_by_age on sign_in_history (organization, at);
create index sign_in_history_by_expiry on sign_in_history (expires_at);
