# Knocks at the kernel's doors. Holds: none opens.

# %% makes namespaces
# says: unshare, clone, clone3 and setns
for flags in (0x10000000, 0x00020000, 0x40000000, 0x20000000):
    def enter(flags=flags):
        call("unshare", flags)
        got_in()
    in_child(enter)
    with trying():
        if call("clone", flags | signal.SIGCHLD, 0, 0, 0, 0) == 0:
            os._exit(0)
        got_in()
def join():
    call("setns", os.open("/proc/1/ns/mnt", os.O_RDONLY), 0)
    got_in()
in_child(join)

# %% mounts
# says: mount, the newer calls, pivot_root and chroot
for name, arguments in {
    "mount": (b"none\0", os.environ["HOME"].encode(), b"tmpfs\0", 0, 0), "umount2": (b"/tmp\0", 2),
    "fsopen": (b"tmpfs\0", 0), "open_tree": (-100, b"/\0", 1), "pivot_root": (b".\0", b".\0"), "chroot": (b".\0",),
}.items():
    def enter(name=name, arguments=arguments):
        call(name, *arguments)
        got_in()
    in_child(enter)

# %% puts on filters of its own
# says: seccomp and Landlock for itself are its right; they must not hurt the sweep
# ends: ok died timeout
libc.prctl(38, 1, 0, 0, 0)
code = b"\x06\0\0\0" + (0x7FFF0000).to_bytes(4, "little")
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
detach(lambda: (libc.prctl(22, 2, ctypes.byref(Program(1, code)), 0, 0), time.sleep(20)))

# %% becomes somebody else
# says: set-uid programs, setuid, groups and capabilities; su takes its time to refuse
# ends: ok timeout
for change in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0)):
    def enter(change=change):
        change()
        got_in()
    in_child(enter)
for command in (["su", "-c", "id -u"], ["sudo", "-n", "id", "-u"], ["mount", "--bind", ".", "."], ["newgrp", "root"]):
    with trying():
        if subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=5).stdout.strip() == b"0":
            got_in()

# %% keeps keys
# says: keyrings outlive processes, so that one run could talk to the next
for name, arguments in {"add_key": (b"user\0", b"left\0", b"x", 1, -4), "request_key": (b"user\0", b"left\0", 0, -4), "keyctl": (0, -4, 1)}.items():
    with trying():
        call(name, *arguments)
        got_in()

# %% opens wide doors of the kernel
# says: io_uring, bpf, perf events, userfaultfd, fanotify
for name, arguments in {"io_uring_setup": (1, ctypes.create_string_buffer(120)), "bpf": (0, ctypes.create_string_buffer(120), 120), "perf_event_open": (ctypes.create_string_buffer(120), 0, -1, -1, 0), "userfaultfd": (1,), "fanotify_init": (0, 0)}.items():
    with trying():
        call(name, *arguments)
        got_in()

# %% types into the terminal
# says: TIOCSTI and TIOCLINUX, at whatever terminal there is
import fcntl, termios
for path in ("/dev/tty", "/dev/pts/0", "/dev/console", "/dev/tty0", "/dev/null"):
    for number in (0x5412, 0x541C):
        with trying():
            fcntl.ioctl(os.open(path, os.O_RDWR | os.O_NONBLOCK), number, b" ")
            got_in()

# %% loads, renames and reboots
# says: what only the machine's owner does; the arguments are such that nothing would come of it
for name, arguments in {"init_module": (0, 0, 0), "sethostname": (b"x", 1), "swapoff": (b"/nothing\0",), "syslog": (3, 0, 0), "acct": (0,), "quotactl": (0, 0, 0, 0)}.items():
    with trying():
        call(name, *arguments)
        got_in()

# %% calls by other numbers
# says: the x32 and 32-bit numbers of the same calls, and numbers to come
# ends: ok died
for number in (0x40000000 + 101, 0x40000000 + 41, 500, 1000, 2**31 - 1):
    def enter(number=number):
        if libc.syscall(ctypes.c_long(number), 2, 1, 0, 0) >= 0:
            got_in()
    in_child(enter)

# %% talks to the next run by queues
# says: messages, semaphores and shared memory of System V and POSIX
for name, arguments in {"msgget": (7, 0o1666), "semget": (7, 1, 0o1666), "shmget": (7, 4096, 0o1666), "mq_open": (b"left\0", 0o102, 0o666, 0)}.items():
    with trying():
        call(name, *arguments)
        got_in()
