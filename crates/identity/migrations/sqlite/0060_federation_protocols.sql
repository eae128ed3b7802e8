-- By which protocol the identity provider vouched; null after a local sign-in. Until now there was one.
alter table federation_tokens add column protocol text;
update federation_tokens set protocol = 'saml' where provider is not null;

-- Identity providers whose ID tokens (OpenID Connect) buy tokens. One may be a SAML identity provider of the same identifier too.
create table openid_providers (
    organization    text   not null references organizations (id),
    id              text   not null,
    -- `iss` of its tokens, byte for byte.
    issuer          text   not null,
    -- Who may be meant by `aud`: a JSON list of client identifiers.
    clients         text   not null,
    -- Its keys: a JWK set.
    keys            text   not null,
    enabled         bigint not null,
    mapping         text,
    mapping_dialect text,
    primary key (organization, id),
    unique (organization, issuer)
);
