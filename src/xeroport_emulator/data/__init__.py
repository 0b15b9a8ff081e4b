"""What an organisation can start with: the demo, many invoices, or nothing."""
