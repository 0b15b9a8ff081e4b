"""The outbox: records on their way into Xero, their claims and their staging."""
