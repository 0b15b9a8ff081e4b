"""Reading synced books for a page, wherever they are."""
