-- What expired is found without reading what did not.
create index gateway_sessions_by_expiry on gateway_sessions (expires_at);
create index psc_sessions_by_expiry on psc_sessions (expires_at);
