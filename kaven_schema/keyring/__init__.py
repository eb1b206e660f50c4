"""Keys that can be rotated, where they are kept, and what they seal."""
