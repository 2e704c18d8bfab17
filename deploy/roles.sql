-- The two roles of the site in PostgreSQL. Run it as a superuser in the site's database, once before the first
-- `migrate` and once after it; running it again changes nothing.
--
--     psql -d rekey -v owner=rekey_owner -v site=rekey_site -f deploy/roles.sql
--
-- The owner runs `migrate` and `purge_expired`. Everything else runs as the site, which reads and writes rows, makes
-- and drops nothing, and only adds to the record of events. Give both a password with \password.

SELECT format('CREATE ROLE %I LOGIN', :'owner') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
SELECT format('CREATE ROLE %I LOGIN', :'site') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'site') \gexec

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO :"site";
REVOKE CREATE ON SCHEMA public FROM :"site";
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) \gexec
-- For the extension pg_trgm.
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), :'owner') \gexec

-- What is there, and what migrations will make.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"site";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"site";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"site";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"site";

-- The record, and what has been migrated, are no business of the site's.
SELECT format('REVOKE UPDATE, DELETE ON %s FROM %I', name, :'site')
FROM unnest(ARRAY['security_event', 'django_migrations']) AS name WHERE to_regclass(name) IS NOT NULL \gexec
SELECT format('REVOKE INSERT ON django_migrations FROM %I', :'site')
WHERE to_regclass('django_migrations') IS NOT NULL \gexec

-- Nothing that somebody waits for takes this long; no lock is waited for for ever, and none is kept by the absent.
ALTER ROLE :"site" SET statement_timeout = '30s';
ALTER ROLE :"site" SET lock_timeout = '10s';
ALTER ROLE :"site" SET idle_in_transaction_session_timeout = '60s';
-- A migration that cannot have its lock at once makes way for people, and is run again.
ALTER ROLE :"owner" SET lock_timeout = '5s';
