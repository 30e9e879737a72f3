"""What flavors and images ask for, and what of it stands in the definition of the guest."""
