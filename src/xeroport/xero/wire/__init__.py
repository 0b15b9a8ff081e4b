"""What goes over the wire to Xero and what comes back."""
