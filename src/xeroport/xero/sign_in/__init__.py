"""Sign in with Xero: code and PKCE, and the tokens that a login's instances share."""
