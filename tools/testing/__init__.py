"""What tools/test is made of.  Only the standard library is used."""
