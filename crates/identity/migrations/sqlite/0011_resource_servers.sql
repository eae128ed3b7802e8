-- APIs that may ask about tokens (RFC 7662). Their secrets are kept as hashes; `accounts` is a list of texts as JSON.
create table resource_servers (
    organization text not null references organizations (id),
    id           text not null,
    secret_hash  text not null,
    accounts     text not null,
    primary key (organization, id)
);
