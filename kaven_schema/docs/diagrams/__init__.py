"""The entity relationship diagram: what is in a picture, where it stands, how it is drawn."""
