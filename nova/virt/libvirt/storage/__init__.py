"""Disks of guests as files below `instances_path`, and the images they rest on."""
