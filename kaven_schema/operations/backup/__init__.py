"""Backups that are known to restore: made, kept, checked, restored, proved."""
