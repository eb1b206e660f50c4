"""The migration that lets rows into the log, and lets none of them be changed or taken away."""

from __future__ import annotations

from collections.abc import Sequence

_TABLE = "audit_logs"

# A foreign key's SET NULL comes from inside of PostgreSQL's own trigger, one level deep: a user or a tenant may be
# removed for good, and the row stays, with the actor in "changes".
_GUARD = f"""\
CREATE OR REPLACE FUNCTION "kaven_audit_append_only"() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1
        AND (NEW."tenant_id" IS NULL OR NEW."tenant_id" IS NOT DISTINCT FROM OLD."tenant_id")
        AND (NEW."user_id" IS NULL OR NEW."user_id" IS NOT DISTINCT FROM OLD."user_id")
        AND to_jsonb(NEW) - 'tenant_id' - 'user_id' = to_jsonb(OLD) - 'tenant_id' - 'user_id'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege', TABLE = '{_TABLE}';
END $$;

CREATE OR REPLACE TRIGGER "kaven_audit_rows" BEFORE UPDATE OR DELETE ON "{_TABLE}"
    FOR EACH ROW EXECUTE FUNCTION "kaven_audit_append_only"();
CREATE OR REPLACE TRIGGER "kaven_audit_table" BEFORE TRUNCATE ON "{_TABLE}"
    FOR EACH STATEMENT EXECUTE FUNCTION "kaven_audit_append_only"();
"""


def append_only_script(roles: Sequence[str] = ("kaven_app",)) -> str:
    """SQL for a migration of the project's. `roles` are those that the application connects as.

    They lose UPDATE, DELETE and TRUNCATE; the triggers hold for everybody, whatever is granted again later.
    """
    names = ", ".join('"' + role.replace('"', '""') + '"' for role in roles)
    revoke = (
        f'REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON "{_TABLE}" FROM {names};\n' if names else ""
    )
    return f"-- The audit log takes new rows, and nothing else.\n{revoke}\n{_GUARD}"
