"""The syncs of many instances, on this machine or on many."""
