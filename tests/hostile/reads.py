# Reads what a notebook has no business with. Holds: no secret comes out, in whatever it leaves.

# %% reads the solution
# says: opens the reference by its path, by a link and through other names of the root folder
# free: secret
show(facts["solution"])
os.symlink(facts["place"], "link")
show("link/solutions/exam.ipynb")
for root in ("/proc/self/root", "/proc/1/root", f"/proc/{os.getppid()}/root", "/proc/self/cwd/../../../../.."):
    show(root + facts["solution"])

# %% reads another submission
# says: looks through the class's folder and reads what a neighbour hands in
# free: secret
show(facts["submission"])
with trying():
    for parent, _, names in os.walk(facts["place"]):
        for name in names:
            show(os.path.join(parent, name))

# %% reads the home of whoever grades
# says: keys and tokens in the home folder
# free: secret
show(facts["home"] + "/.ssh/id_ed25519")
with trying():
    print(os.listdir(facts["home"]))

# %% reads the environment of other processes
# says: /proc of process 1, of its parents, of the grader and of a neighbour
# free: secret
for process in (1, os.getppid(), facts["victim"], facts["grader"]):
    show(f"/proc/{process}/environ")
print(dict(os.environ))

# %% reads the system's passwords
# says: /etc/shadow by every way, through a set-uid program too
show("/etc/shadow")
show("/proc/1/root/etc/shadow")
print(subprocess.run(["su", "-c", "cat /etc/shadow"], capture_output=True, stdin=subprocess.DEVNULL).stdout)

# %% reads the memory of other processes
# says: /proc/PID/mem of a neighbour, of the grader and of its launcher
for process in (facts["victim"], facts["grader"], os.getppid(), 1):
    with trying(), open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            if "[stack]" in line:
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                memory.seek(start)
                content = memory.read(end - start)
                at = content.find(b"hush-")
                print(content[at : at + 60] if at >= 0 else len(content))

# %% reads memory by system calls
# says: ptrace, process_vm_readv, pidfd_getfd and kcmp upon the launcher and a neighbour
for process in (facts["victim"], os.getppid(), 1):
    for name, arguments in {
        "ptrace": (16, process, 0, 0),
        "process_vm_readv": (process, 0, 0, 0, 0, 0),
        "kcmp": (os.getpid(), process, 0, 0, 0),
    }.items():
        with trying():
            call(name, *arguments)
            got_in()
    with trying():
        call("pidfd_getfd", os.pidfd_open(process), 1, 0)
        got_in()

# %% reads the launcher's open files
# says: takes the launcher's input, output and log by /proc/PID/fd
for number in range(30):
    with trying(), open(f"/proc/{os.getppid()}/fd/{number}", "rb", 0):
        got_in()

# %% opens files by handle
# says: names files without a path, as only root may
with trying():
    call("name_to_handle_at", -100, b"/etc/passwd\0", b"\x80" + bytes(200), ctypes.byref(ctypes.c_int()), 0)
    got_in()
with trying():
    call("open_by_handle_at", -100, b"\x08\0\0\0\x01\0\0\0" + bytes(8), 0)
    got_in()
