-- Hash of the authorization code that opened a session of our PSC: a code that comes twice ends what it opened.
alter table psc_sessions add column code text;
create index psc_sessions_code on psc_sessions (organization, code);
