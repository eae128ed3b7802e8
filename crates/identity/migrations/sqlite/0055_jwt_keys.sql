-- Keys that sign our own JWTs, one row a generation: published from when they are made, signing from `signs_from` on, and
-- published until whatever they signed is over.
create table jwt_keys (
    organization    text   not null,
    door            text   not null,
    purpose         text   not null,
    kid             text   not null,
    -- PKCS#8, sealed.
    sealed          blob   not null,
    created_at      bigint not null,
    signs_from      bigint not null,
    -- Null until a successor is made.
    published_until bigint,
    -- Neither signs nor verifies since, nor is it published.
    killed_at       bigint,
    primary key (organization, kid)
);
create index jwt_keys_of_a_door on jwt_keys (organization, door, purpose);
