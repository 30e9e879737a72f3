"""Options of the group libvirt, by theme."""
