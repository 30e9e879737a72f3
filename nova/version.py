"""The project's version, and the release of OpenStack Compute whose API it speaks."""

VENDOR = "OpenStack Foundation"
PRODUCT = "OpenStack Nova"
RELEASE = "34.0.0"
