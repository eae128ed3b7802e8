-- Keys follow each other: a new one is published before it signs, and an old one stays published for a while after.
create table keys (
    organization text   not null,
    -- Empty for an application's own keys.
    door         text   not null,
    -- Empty for the keys of a door.
    application  text   not null,
    role         text   not null,
    generation   bigint not null,
    -- Empty once the key is killed.
    sealed       blob not null,
    certificate  blob not null,
    created_at   bigint not null,
    signs_from   bigint not null,
    -- From then on it is neither published nor accepted.
    retires_at   bigint,
    killed_at    bigint,
    primary key (organization, door, application, role, generation)
);
create index keys_by_end on keys (retires_at);

insert into keys (organization, door, application, role, generation, sealed, certificate, created_at, signs_from)
select organization, door, '', purpose, 1, sealed, certificate, created_at, created_at from signing_keys;
drop table signing_keys;

-- How a relying party is answered, as JSON; null for the door's own way.
alter table applications add column reply text;
