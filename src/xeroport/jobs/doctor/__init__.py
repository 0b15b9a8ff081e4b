"""`doctor`: what xeroport takes for true of Xero, tried on a real organisation."""
