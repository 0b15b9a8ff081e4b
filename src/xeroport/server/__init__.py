"""What `xeroport serve` runs: the webhook door, the scheduler, and how connections are taken."""
