-- Groups (names, a list as JSON) whose people may register identity providers by API.
alter table organizations add column administrators text not null default '[]';

-- Whom the people of an identity provider become: `virtual_user_sso`, people whom it describes, or `iam_user_sso`, users that the
-- domain keeps.
alter table identity_providers add column sso_type text not null default 'virtual_user_sso';
alter table identity_providers add column description text;
alter table identity_providers add column metadata_at bigint;

-- Mapping rules with a name of their own, and the protocols by which an identity provider uses them.
create table mappings (
    organization text not null references organizations (id),
    id           text not null,
    rules        text not null,
    dialect      text not null,
    primary key (organization, id)
);
create table protocols (
    organization text not null,
    provider     text not null,
    id           text not null,
    mapping      text not null,
    primary key (organization, provider, id),
    foreign key (organization, provider) references identity_providers (organization, id) on delete cascade,
    foreign key (organization, mapping) references mappings (organization, id)
);
