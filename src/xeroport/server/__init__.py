"""What `xeroport serve` runs: webhook receiver, scheduler, and how connections are taken."""
