"""What Xero says has changed: deliveries verified, their events read into the destination."""
