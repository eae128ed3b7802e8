-- OpenID Connect and the device flow.

alter table oauth_applications add column device bigint not null default 0;
alter table oauth_applications add column post_logout_redirects text not null default '[]';
alter table oauth_applications add column back_channel_logout text;

-- What people decided about devices. Whoever asks for a code writes no row; this one is written by the person.
create table device_decisions (
    organization text   not null references organizations (id),
    code_hash    text   not null,
    application  text   not null,
    user_id      text   not null,
    session_id   text   not null,
    approved     bigint not null,
    expires_at   bigint not null,
    primary key (organization, code_hash),
    foreign key (organization, application) references applications (organization, id)
);
create index device_decisions_by_expiry on device_decisions (expires_at);

-- Applications that are to be told that a session ended.
create table logout_notices (
    organization text   not null references organizations (id),
    session_id   text   not null,
    application  text   not null,
    user_id      text   not null,
    attempts     bigint not null,
    next_at      bigint not null,
    told_at      bigint,
    expires_at   bigint not null,
    primary key (organization, session_id, application)
);
create index logout_notices_by_turn on logout_notices (next_at);
create index logout_notices_by_expiry on logout_notices (expires_at);
