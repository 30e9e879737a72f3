"""A whole small cloud in one command: embedded identity, image and network services.

Each speaks the protocol of the real one to the stock clients, keeps its rows in
SQLite (a file, or memory), and is built by one function:

- `identity.app.build_identity`: Keystone v3; its `tokens` validate for the others
- `image.app.build_image`: Glance v2; contents are files in a directory
- `network.app.build_network`: Neutron v2; a *fabric* carries it: `records` (nothing
  on the host, no privileges) or `bridges` (Linux bridges, dnsmasq, nftables; root)
- `services.start_services`: all three on loopback ports, with a catalogue, accounts
  and a clouds.yaml; `python -m nova.standalone.services` is the same as a process

`web` is the request layer they share; `web.in_process` lets requests sessions reach
them without sockets.
"""
