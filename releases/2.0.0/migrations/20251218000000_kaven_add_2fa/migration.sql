-- AlterTable
ALTER TABLE "users" ADD COLUMN     "backup_codes" JSONB,
ADD COLUMN     "email_verified" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "email_verified_at" TIMESTAMP(3),
ADD COLUMN     "two_factor_enabled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "two_factor_secret" TEXT;

-- CreateIndex
CREATE INDEX "users_email_verified_idx" ON "users"("email_verified");
