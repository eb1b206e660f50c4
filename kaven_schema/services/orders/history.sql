-- The history of orders, of kaven-schema: each change of a status has its row, which nobody changes or deletes.
-- So an order cannot be deleted either, nor the tenant that it is of: their soft deletes remain.

CREATE OR REPLACE FUNCTION "kaven_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '"%" is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER "kaven_append_only" BEFORE UPDATE OR DELETE ON "order_status_history"
    FOR EACH ROW EXECUTE FUNCTION "kaven_append_only"();
CREATE OR REPLACE TRIGGER "kaven_append_only_truncate" BEFORE TRUNCATE ON "order_status_history"
    FOR EACH STATEMENT EXECUTE FUNCTION "kaven_append_only"();
ALTER TABLE "order_status_history" ENABLE ALWAYS TRIGGER "kaven_append_only";
ALTER TABLE "order_status_history" ENABLE ALWAYS TRIGGER "kaven_append_only_truncate";

-- The service writes the row, with its notes, before it changes the order; whoever does not, gets one without notes.
-- Told by the transaction and the command that wrote it, not by times: the application's clock is not the database's.
CREATE OR REPLACE FUNCTION "kaven_order_history"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_written boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE format(
            'SELECT h.status = $2 FROM %1$I.order_status_history AS h WHERE h.order_id = $1 AND h.xmin IN'
            ' (pg_current_xact_id()::xid, (SELECT o.xmin FROM %1$I.%2$I AS o WHERE o.id = $1))'
            ' ORDER BY h.cmin::text::bigint DESC, h.status = $2 DESC LIMIT 1',
            TG_TABLE_SCHEMA, TG_TABLE_NAME
        ) INTO is_written USING NEW.id, NEW.status;
    END IF;
    IF is_written IS NOT TRUE THEN
        EXECUTE format(
            'INSERT INTO %I.order_status_history (id, order_id, status, created_at)'
            ' VALUES (gen_random_uuid()::text, $1, $2, clock_timestamp() AT TIME ZONE ''UTC'')',
            TG_TABLE_SCHEMA
        ) USING NEW.id, NEW.status;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER "kaven_order_created" AFTER INSERT ON "orders"
    FOR EACH ROW EXECUTE FUNCTION "kaven_order_history"();
CREATE OR REPLACE TRIGGER "kaven_order_moved" AFTER UPDATE OF "status" ON "orders"
    FOR EACH ROW WHEN (OLD."status" IS DISTINCT FROM NEW."status") EXECUTE FUNCTION "kaven_order_history"();
