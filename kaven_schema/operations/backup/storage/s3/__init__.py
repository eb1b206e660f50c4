"""Backups in an S3 bucket, of Amazon's or of any server that speaks its protocol."""

from kaven_schema.operations.backup.storage.s3.store import S3Store

__all__ = ["S3Store"]
