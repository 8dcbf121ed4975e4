# Reaches out. Holds: no server of the machine hears anything.

# %% connects over TCP
# says: IPv4 and IPv6, by name and by number
# free: network
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    with trying(), socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(0.5)
        client.connect((host, facts["tcp"]))
        client.sendall(b"out")

# %% sends over UDP
# says: datagrams, which need no connection
# free: network
with trying(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.sendto(b"out", ("127.0.0.1", facts["udp"]))

# %% connects to an abstract socket
# says: a socket that has no path, so that no file system hides it
with trying(), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
    client.connect(facts["abstract"])
    client.sendall(b"out")

# %% connects to a socket in the file system
# says: as Docker's is, streams and datagrams
# free: network
with trying(), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
    client.connect(facts["stream"])
    client.sendall(b"out")
with trying(), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
    client.sendto(b"out", facts["datagram"])
for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket", "/dev/log"):
    with trying(), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(path)
        got_in()

# %% asks netlink to change the network
# says: brings an interface up, which needs rights that nobody inside has
with trying(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
    body = bytes(4) + (1).to_bytes(4, "little") + (1).to_bytes(4, "little") * 2
    link.send((16 + len(body)).to_bytes(4, "little") + b"\x10\0\x05\0" + bytes(8) + body)
    answer = link.recv(4096)
    print(int.from_bytes(answer[16:20], "little", signed=True))
    if answer[16:20] == bytes(4):
        got_in()

# %% opens raw, packet and other sockets
# says: every family up to 45, of every type
for family in range(2, 46):
    if family != socket.AF_NETLINK:
        for kind in (1, 2, 3, 5):
            with contextlib.suppress(OSError):
                socket.socket(family, kind).close()
                got_in()

# %% sends a file descriptor to the world
# says: passes its open files along a pair of sockets whose end it hands to a daemon
pair = socket.socketpair()
socket.send_fds(pair[0], [b"x"], [0, 1, 2])
detach(lambda: (time.sleep(20)))
