"""One module for each kind of thing that a request may ask for."""
