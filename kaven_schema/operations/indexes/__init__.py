"""The indexes of a live database: which are used, which are needless, missing, broken or swollen."""
