"""Signing in with Xero, staying signed in, and signing out."""
