-- The identity provider that vouches for a person whom nobody declared: they come in through it and in no other way.
alter table users add column provider text;
