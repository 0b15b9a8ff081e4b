"""What `xeroport serve` runs: the webhook door and the scheduler."""
