"""The diagram as text for other programs and for people."""
