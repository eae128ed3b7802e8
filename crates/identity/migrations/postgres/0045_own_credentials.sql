-- What people change themselves. A declaration that says the same as before must leave it alone, so what the last one said
-- is kept beside it.
alter table users add column declared_password_hash text;
alter table users add column declared_totp bytea;
update users set declared_password_hash = password_hash, declared_totp = totp;

-- Codes for the day when the telephone is lost, as keyed fingerprints; each is good once.
create table recovery_codes (
    organization text   not null,
    user_id      text   not null,
    fingerprint  text   not null,
    used_at      bigint,
    primary key (organization, user_id, fingerprint),
    foreign key (organization, user_id) references users (organization, id) on delete cascade
);

-- What lets a person recognise a session: the browser as it named itself, the address, and when it was last used.
alter table sessions add column browser text;
alter table sessions add column client text;
alter table sessions add column last_seen_at bigint;
create index grants_of_a_user on grants (organization, user_id);
