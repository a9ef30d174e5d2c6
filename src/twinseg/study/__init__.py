"""The whole study as one readable function, and the demo that needs no file."""
