"""The migration that keeps a tenant's status and `deletedAt` in step, whatever writes them."""

from __future__ import annotations

_SCRIPT = """\
-- A tenant is DELETED where "deletedAt" is set, and nowhere else; whichever of the two is written, the other follows.
CREATE OR REPLACE FUNCTION "kaven_tenant_status"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW."status" = 'DELETED') = (NEW."deletedAt" IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' OR NEW."deletedAt" IS NOT DISTINCT FROM OLD."deletedAt" THEN
        IF TG_OP = 'INSERT' AND NEW."deletedAt" IS NOT NULL THEN
            NEW."status" := 'DELETED';
        ELSIF NEW."status" = 'DELETED' THEN
            NEW."deletedAt" := now() AT TIME ZONE 'UTC';
        ELSE
            NEW."deletedAt" := NULL;
        END IF;
    ELSIF NEW."deletedAt" IS NOT NULL THEN
        NEW."status" := 'DELETED';
    ELSIF NEW."suspended_at" IS NOT NULL THEN
        NEW."status" := 'SUSPENDED';
    ELSE
        NEW."status" := 'ACTIVE';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER "kaven_tenant_status" BEFORE INSERT OR UPDATE ON "tenants"
    FOR EACH ROW EXECUTE FUNCTION "kaven_tenant_status"();

UPDATE "tenants" SET "status" = 'DELETED' WHERE "deletedAt" IS NOT NULL AND "status" <> 'DELETED';
UPDATE "tenants" SET "deletedAt" = now() AT TIME ZONE 'UTC' WHERE "deletedAt" IS NULL AND "status" = 'DELETED';
"""


def status_script() -> str:
    """SQL for a migration of the project's."""
    return _SCRIPT
