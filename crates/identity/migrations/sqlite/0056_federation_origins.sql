-- The identifier under which a token is known without showing it: in signed tokens, and in the list of those that were revoked.
alter table federation_tokens add column token_id text;
-- The sign-on that an unscoped token came from: what a logout names.
alter table federation_tokens add column name_id text;
alter table federation_tokens add column name_id_format text;
alter table federation_tokens add column session_index text;
create index federation_tokens_of_a_session on federation_tokens (organization, provider, name_id, session_index);
create index federation_tokens_revoked on federation_tokens (organization, revoked_at);
