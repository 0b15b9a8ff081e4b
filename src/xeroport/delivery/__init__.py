"""Records on their way into Xero: claimed, sent, settled, looked up."""
