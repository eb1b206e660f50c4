-- Numbers without gaps, of kaven-schema: a series, such as INV-2025, counts over all tenants.
-- A new row whose number is a series alone gets the series' next number. Whoever takes one holds the series until the
-- end of the transaction, so that one which is rolled back leaves no hole. A number that is given moves its series on.

CREATE OR REPLACE FUNCTION "kaven_number"() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text[] := regexp_match(NEW.number, '^([A-Z][A-Z0-9]*-[0-9]{4})(?:-([0-9]{1,15}))?$');
    digits text;
BEGIN
    IF given IS NULL OR (given[2] IS NULL AND TG_OP <> 'INSERT') THEN
        RETURN NEW;
    END IF;
    EXECUTE format(
        'INSERT INTO %I.number_sequences AS s (id, series, last) VALUES (gen_random_uuid()::text, $1, coalesce($2, 1))'
        ' ON CONFLICT (series) DO UPDATE SET updated_at = CURRENT_TIMESTAMP,'
        ' last = CASE WHEN $2 IS NULL THEN s.last + 1 ELSE greatest(s.last, $2) END RETURNING last::text',
        TG_TABLE_SCHEMA
    ) INTO digits USING given[1], given[2]::bigint;
    IF given[2] IS NULL THEN
        NEW.number := given[1] || '-' || lpad(digits, greatest(3, length(digits)), '0');
    END IF;
    RETURN NEW;
END $$;

-- Nobody else's table may be numbered through it: it writes as its owner.
REVOKE ALL ON FUNCTION "kaven_number"() FROM PUBLIC;

CREATE TRIGGER "kaven_number" BEFORE INSERT OR UPDATE OF "number" ON "invoices"
    FOR EACH ROW EXECUTE FUNCTION "kaven_number"();
CREATE TRIGGER "kaven_number" BEFORE INSERT OR UPDATE OF "number" ON "orders"
    FOR EACH ROW EXECUTE FUNCTION "kaven_number"();

-- Whatever a role was granted, only the owner of the table, and that function, writes it.
CREATE OR REPLACE FUNCTION "kaven_owner_writes"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RAISE EXCEPTION '"%" is written by numbering alone', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "kaven_owner_writes" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "number_sequences"
    FOR EACH STATEMENT EXECUTE FUNCTION "kaven_owner_writes"();

-- Each series goes on from what there is.
INSERT INTO "number_sequences" ("id", "series", "last")
SELECT gen_random_uuid()::text, parts[1], max(parts[2]::bigint)
FROM (SELECT "number" FROM "invoices" UNION ALL SELECT "number" FROM "orders") AS numbered,
    regexp_match("number", '^([A-Z][A-Z0-9]*-[0-9]{4})-([0-9]{1,15})$') AS parts
WHERE parts IS NOT NULL
GROUP BY parts[1];
