"""Two users of the shop, over HTTP, as their browsers would be."""
