"""The books: ledger, journals and reports, from the records alone."""
