"""The records of an organisation, and what follows from them when they are read."""
