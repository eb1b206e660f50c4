"""One rule a file; the registry names them all."""
