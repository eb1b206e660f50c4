-- Amounts that add up, of kaven-schema. NOT VALID: rows that exist stay as they are. Once they are right, check them in
-- a migration of its own: ALTER TABLE "invoices" VALIDATE CONSTRAINT "invoices_total_adds_up";

ALTER TABLE "invoices" ADD CONSTRAINT "invoices_total_adds_up"
    CHECK ("total" = "subtotal" + "tax" - "discount") NOT VALID;
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_currency_is_code" CHECK ("currency" ~ '^[A-Z]{3}$') NOT VALID;
ALTER TABLE "orders" ADD CONSTRAINT "orders_total_adds_up"
    CHECK ("total" = "subtotal" + "shipping" + "tax") NOT VALID;
ALTER TABLE "orders" ADD CONSTRAINT "orders_currency_is_code" CHECK ("currency" ~ '^[A-Z]{3}$') NOT VALID;
