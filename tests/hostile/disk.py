# Fills disks, 600 MB at most, and makes trees that are hard to remove. Holds: all is gone after the run.

# %% fills every folder with large files
# says: home, /tmp, /dev/shm and the folder of sockets
# ends: ok error timeout
for folder in (os.environ["HOME"], "/tmp", "/dev/shm", "/var/tmp", facts["sockets"]):
    for number in range(2):
        with trying(), open(f"{folder}/large-{number}", "wb") as file:
            for _ in range(9):
                file.write(b"x" * 2**25)

# %% makes a sparse file
# says: one that is larger than the disk, and one allocated at once
with trying(), open("sparse", "wb") as file:
    file.truncate(2**40)
    got_in()
with trying(), open("allocated", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 2**33)
    got_in()

# %% makes many files
# says: five thousand empty ones, in folders without a right to read
# ends: ok timeout
os.mkdir("many")
for number in range(5000):
    os.close(os.open(f"many/{number}", os.O_CREAT))
os.chmod("many", 0)

# %% makes folders that are sealed
# says: modes that let nobody look in, with something in them
# ends: ok error
os.mkdir("sealed", 0o300)
os.mkdir("sealed/inner", 0o300)
open("sealed/inner/file", "w").close()
os.chmod("sealed/inner", 0)
os.chmod("sealed", 0)
os.chmod(".", 0o500)

# %% makes folders that are very deep
# says: deeper than a path is long, than Python recurses, and than descriptors reach
# ends: ok timeout
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")

# %% closes its home
# says: takes the folders away that the next run would use
# ends: ok error died
with trying():
    os.rmdir(os.environ["TMPDIR"])
with trying():
    os.rename(os.environ["HOME"], os.environ["HOME"] + "2")
os.chmod(os.environ["HOME"], 0)

# %% fills the folder of sockets
# says: with files, folders, links, pipes and sockets without number
# ends: ok died error
import stat
for number in range(300):
    with contextlib.suppress(OSError):
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{facts['sockets']}/extra-{number}")
        server.close()
for make in (
    lambda path: open(path, "w"), os.mkdir, os.mkfifo, lambda path: os.symlink("/etc/passwd", path),
    lambda path: os.link("/etc/passwd", path), lambda path: os.mknod(path, stat.S_IFREG | 0o600),
):
    with trying():
        make(facts["sockets"] + "/planted")
        got_in()

# %% writes beside its room
# says: the class's folder, the interpreter, the package, the system
# free: files
for folder in (facts["place"], facts["place"] + "/solutions", facts["package"], os.path.dirname(os.__file__), "/etc", "/var/tmp", "/usr/bin", "/opt"):
    with trying():
        with open(f"{folder}/planted-{facts['word']}", "w") as file:
            file.write("x")
for change in (lambda path: open(path, "w"), os.unlink, lambda path: os.truncate(path, 0)):
    with trying():
        change(facts["submission"])

# %% changes modes and times of the host's files
# says: chmod, chown, utime and attributes, which Landlock does not rule
# free: files
with trying():
    os.chmod(facts["submission"], 0o600)
with trying():
    os.utime(facts["submission"], (0, 0))
with trying():
    os.setxattr(facts["submission"], "user.planted", b"x")
with trying():
    os.chown(facts["submission"], os.getuid(), os.getgid())
