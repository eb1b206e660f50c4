-- The history of orders, of kaven-schema: each change of a status has its row, which nobody changes or deletes.
-- So an order cannot be deleted either, nor the tenant that it is of: their soft deletes remain.

CREATE OR REPLACE FUNCTION "kaven_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '"%" is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER "kaven_append_only" BEFORE UPDATE OR DELETE ON "order_status_history"
    FOR EACH ROW EXECUTE FUNCTION "kaven_append_only"();
CREATE TRIGGER "kaven_append_only_truncate" BEFORE TRUNCATE ON "order_status_history"
    FOR EACH STATEMENT EXECUTE FUNCTION "kaven_append_only"();
ALTER TABLE "order_status_history" ENABLE ALWAYS TRIGGER "kaven_append_only";
ALTER TABLE "order_status_history" ENABLE ALWAYS TRIGGER "kaven_append_only_truncate";

-- The service writes the row, with its notes, before it changes the order; whoever does not, gets one without notes.
CREATE OR REPLACE FUNCTION "kaven_order_history"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_written boolean := false;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE format(
            'SELECT EXISTS (SELECT 1 FROM %1$I.order_status_history WHERE order_id = $1 AND status = $2 AND created_at ='
            ' (SELECT max(created_at) FROM %1$I.order_status_history WHERE order_id = $1))',
            TG_TABLE_SCHEMA
        ) INTO is_written USING NEW.id, NEW.status;
    END IF;
    IF NOT is_written THEN
        EXECUTE format(
            'INSERT INTO %I.order_status_history (id, order_id, status, created_at)'
            ' VALUES (gen_random_uuid()::text, $1, $2, clock_timestamp() AT TIME ZONE ''UTC'')',
            TG_TABLE_SCHEMA
        ) USING NEW.id, NEW.status;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "kaven_order_created" AFTER INSERT ON "orders"
    FOR EACH ROW EXECUTE FUNCTION "kaven_order_history"();
CREATE TRIGGER "kaven_order_moved" AFTER UPDATE OF "status" ON "orders"
    FOR EACH ROW WHEN (OLD."status" IS DISTINCT FROM NEW."status") EXECUTE FUNCTION "kaven_order_history"();
