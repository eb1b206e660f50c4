"""What a tenant's client needs at run time. `kaven generate` copies it into the client, which then needs no kaven."""
