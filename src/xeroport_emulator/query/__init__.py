"""Lists: which records, in what order, and which page of them."""
