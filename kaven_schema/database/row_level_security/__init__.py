"""Row-level security: PostgreSQL itself keeps tenants apart, whatever the application asks for."""
