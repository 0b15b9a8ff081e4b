"""What runs by itself: schedules, and the poll beside webhooks."""
