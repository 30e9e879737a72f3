"""An embedded Neutron v2: networks, ports, security groups, and what carries them."""
