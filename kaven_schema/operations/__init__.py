"""What whoever runs the database needs: backups, indexes, and whether a deployment is well."""
