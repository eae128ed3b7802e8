-- The `iss` that an application's JWTs had before it moved here; null for the one of the organization.
alter table jwt_applications add column issuer text;
