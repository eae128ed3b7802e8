-- Addresses from which metadata of identity providers and applications is fetched again, and how that went.
create table metadata_sources (
    organization  text   not null references organizations (id),
    -- `identity_provider` or `application`, and its identifier.
    kind          text   not null,
    id            text   not null,
    url           text   not null,
    -- The entity that the document must describe, whatever else it holds.
    entity_id     text   not null,
    -- Certificates, one of whose keys must vouch for the document: JSON list of base64; empty where TLS vouches.
    pinned        text   not null,
    etag          text,
    last_modified text,
    -- When the metadata in use was vouched for last, and until when it says that it is valid.
    fetched_at    bigint not null,
    valid_until   bigint,
    -- When it is fetched again: whoever sets this forward does it.
    next_at       bigint not null,
    -- The code of what was wrong the last time; null if nothing was.
    fault         text,
    primary key (organization, kind, id)
);
create index metadata_sources_by_time on metadata_sources (next_at);
