-- When a session went on under another cookie, because the person changed a password or a factor. What was given to applications
-- and devices before, and not fetched yet, is void from then on.
alter table sessions add column renewed_at bigint;
