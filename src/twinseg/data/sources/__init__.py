"""One file per kind of source: what it sees, and the units it finds."""
