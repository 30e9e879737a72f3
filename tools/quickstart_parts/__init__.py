"""What tools/quickstart is made of.  Only the standard library is used."""
