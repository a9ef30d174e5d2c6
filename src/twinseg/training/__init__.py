"""Build a model, bring its first weights, train it, and go on exactly where a kill left it."""
