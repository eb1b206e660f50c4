"""What an application does with the typed client: classes that take the client, each usable alone."""
