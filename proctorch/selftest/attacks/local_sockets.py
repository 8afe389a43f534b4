"""Talking to a service of this machine over a local socket."""

import socket

for address in (
    TARGET["socket"],
    "\0" + TARGET["begins"],
    "/run/docker.sock",
    "/run/dbus/system_bus_socket",
    "/tmp/.X11-unix/X0",
):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.connect(address)
        print("GOT", address)
    except OSError:
        continue
try:
    names = open("/proc/net/unix").read()
    if TARGET["begins"] in names:
        print("GOT the names of local sockets")
except OSError:
    pass
