"""The group all options of the libvirt driver are in."""

from nova.conf.section import Group

GROUP = Group("libvirt", "libvirt driver")
