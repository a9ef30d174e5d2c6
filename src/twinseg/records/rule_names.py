"""Names of rules that must be known before the rules are loaded."""

CHOSEN = "chosen"  # picks one of the masks for each picture
