-- OpenID providers that administrators register by API. Each is an identity provider, to which accounts, protocols and rules belong:
-- its rules, and whether it may be used, stand there.
insert into identity_providers (organization, id, entity_id, metadata, enabled, allow_unsolicited, mapping, mapping_dialect)
    select o.organization, o.id, 'no metadata yet: ' || o.id, '', o.enabled, 0, o.mapping, o.mapping_dialect
    from openid_providers o
    where not exists (select 1 from identity_providers p where p.organization = o.organization and p.id = o.id);
alter table openid_providers drop column enabled;
alter table openid_providers drop column mapping;
alter table openid_providers drop column mapping_dialect;
-- What a console needs to send browsers there, as JSON; null where programs alone bring tokens.
alter table openid_providers add column console text;
