-- Numbers without gaps, of kaven-schema: a series, such as INV-2025, counts over all tenants.
-- A new row whose number is a series alone gets the series' next number. Whoever takes one holds the series until the
-- end of the transaction, so that one which is rolled back leaves no hole. A number that is given moves its series on,
-- unless row-level security binds the role to a tenant: none makes holes between the numbers of others.

CREATE OR REPLACE FUNCTION "kaven_number"() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given text[] := regexp_match(NEW.number, '^([A-Z][A-Z0-9]*-[0-9]{4})(?:-([0-9]{1,9}))?$');
    -- Within this function, current_user is its owner.
    writer name := coalesce(nullif(current_setting('role'), 'none'), session_user);
    is_confined boolean := false;
    digits text;
    same_row text;
    stored text;
    is_taken boolean;
BEGIN
    IF given IS NULL OR (given[2] IS NULL AND TG_OP <> 'INSERT') THEN
        RETURN NEW;
    END IF;
    IF given[2] IS NOT NULL THEN
        SELECT relrowsecurity AND NOT EXISTS (
            SELECT FROM pg_roles AS r
            WHERE (r.oid = relowner OR r.rolname = 'kaven_super_admin') AND pg_has_role(writer, r.oid, 'MEMBER')
        ) INTO is_confined FROM pg_class WHERE oid = TG_RELID;
    END IF;
    -- From here on names are of the table's schema, so that a connection plans the statement once, not for each row.
    PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', pg_temp', true);
    INSERT INTO number_sequences AS s (id, series, last)
    VALUES (gen_random_uuid()::text, given[1], CASE WHEN is_confined THEN 0 ELSE coalesce(given[2]::bigint, 1) END)
    ON CONFLICT (series) DO UPDATE SET updated_at = CURRENT_TIMESTAMP, last = CASE
        WHEN is_confined THEN s.last
        WHEN given[2] IS NULL THEN s.last + 1
        ELSE greatest(s.last, given[2]::bigint)
    END
    RETURNING s.last::text INTO digits;
    IF given[2] IS NOT NULL THEN
        RETURN NEW;
    END IF;
    NEW.number := given[1] || '-' || lpad(digits, greatest(3, length(digits)), '0');

    -- Looked for while the series is held: another may have inserted the same row, or given the number, until then.
    IF TG_NARGS = 1 THEN
        EXECUTE pg_catalog.format(
            'SELECT (SELECT number FROM %1$I WHERE id = $1), EXISTS (SELECT FROM %1$I WHERE number = $2)', TG_TABLE_NAME
        ) INTO stored, is_taken USING NEW.id, NEW.number;
    ELSE
        SELECT string_agg(pg_catalog.format('%1$I = ($1).%1$I', attname), ' AND ') INTO same_row
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = TG_RELID AND indisprimary;
        EXECUTE pg_catalog.format(
            'SELECT (SELECT number FROM %1$I WHERE %2$s), EXISTS (SELECT FROM %1$I WHERE number = ($1).number)',
            TG_TABLE_NAME, coalesce(same_row, 'false')
        ) INTO stored, is_taken USING NEW;
    END IF;
    IF stored IS NOT NULL THEN
        -- It is refused, or left to ON CONFLICT: the number is given back.
        UPDATE number_sequences AS s SET last = s.last - 1 WHERE s.series = given[1];
        NEW.number := stored;
    ELSIF is_taken THEN
        EXECUTE pg_catalog.format(
            'WITH counts AS (SELECT generate_series($2 + 1, 9223372036854775806) AS last),'
            ' named AS (SELECT last, $1 || ''-'' || lpad(last::text, greatest(3, length(last::text)), ''0'') AS number'
            ' FROM counts),'
            ' free AS (SELECT last, number FROM named'
            ' WHERE (SELECT true FROM %1$I AS t WHERE t.number = named.number LIMIT 1) IS NULL LIMIT 1)'
            ' UPDATE number_sequences AS s SET last = free.last FROM free WHERE s.series = $1'
            ' RETURNING free.number',
            TG_TABLE_NAME
        ) INTO NEW.number USING given[1], digits::bigint;
    END IF;
    RETURN NEW;
END $$;

-- Nobody else's table may be numbered through it: it writes as its owner.
REVOKE ALL ON FUNCTION "kaven_number"() FROM PUBLIC;

-- Their key is "id". Of a table without the argument it is looked up.
CREATE OR REPLACE TRIGGER "kaven_number" BEFORE INSERT OR UPDATE OF "number" ON "invoices"
    FOR EACH ROW EXECUTE FUNCTION "kaven_number"('id');
CREATE OR REPLACE TRIGGER "kaven_number" BEFORE INSERT OR UPDATE OF "number" ON "orders"
    FOR EACH ROW EXECUTE FUNCTION "kaven_number"('id');

-- Whatever a role was granted, only the owner of the table, and that function, writes it.
CREATE OR REPLACE FUNCTION "kaven_owner_writes"() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RAISE EXCEPTION '"%" is written by numbering alone', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER "kaven_owner_writes" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "number_sequences"
    FOR EACH STATEMENT EXECUTE FUNCTION "kaven_owner_writes"();

-- Each series goes on from what there is; one that counts already, from where it is.
INSERT INTO "number_sequences" ("id", "series", "last")
SELECT gen_random_uuid()::text, parts[1], max(parts[2]::bigint)
FROM (SELECT "number" FROM "invoices" UNION ALL SELECT "number" FROM "orders") AS numbered,
    regexp_match("number", '^([A-Z][A-Z0-9]*-[0-9]{4})-([0-9]{1,9})$') AS parts
WHERE parts IS NOT NULL
GROUP BY parts[1]
ON CONFLICT ("series") DO NOTHING;
