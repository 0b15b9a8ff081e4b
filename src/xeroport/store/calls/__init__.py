"""Call budgets and tokens, in a file of their own that all processes share."""
