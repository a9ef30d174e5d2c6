"""Tables made from tables: every number that a page or a view says, computed once."""
