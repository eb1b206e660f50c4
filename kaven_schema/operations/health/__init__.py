"""Whether a deployment is well: `kaven doctor`."""
