"""PCI devices for guests: what operators offer, what flavors ask for, who has which.

Pure functions of frozen data, for whoever records, reports or claims.
"""
