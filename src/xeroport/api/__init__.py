"""The front door for Python: what `import xeroport` gives is defined here and loaded when used."""
