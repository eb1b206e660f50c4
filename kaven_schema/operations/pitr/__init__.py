"""Point in time: WAL archiving by pgBackRest or barman, set up, checked and proven."""
