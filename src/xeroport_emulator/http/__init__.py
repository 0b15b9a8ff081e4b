"""HTTP as Xero speaks it: requests, replies, routes, shapes and encodings."""
