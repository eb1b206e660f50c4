"""The vendor's releases, and the way from one to the next that leaves the developer's work whole."""
