"""The request layer that the three embedded services share."""
