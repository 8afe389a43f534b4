"""Reaching this machine or another over the network."""

import socket

for address in (("127.0.0.1", TARGET["port"]), ("192.0.2.1", 80), ("169.254.169.254", 80)):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as link:
            link.settimeout(0.3)
            link.connect(address)
        print("GOT", address)
    except OSError:
        continue
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(b"x", ("192.0.2.1", 53))
    print("GOT a packet out")
except OSError:
    pass
for family in (socket.AF_PACKET, 38, 40):
    try:
        socket.socket(family, socket.SOCK_DGRAM)
        print("GOT a socket of family", family)
    except OSError:
        continue
