# Plants what a careless grader would follow, when it reads or removes what a run left. Holds: the host's files stay.

# %% plants symbolic links
# says: to the host's files and folders, in every folder that is cleaned, under names that were there before
# ends: ok error died
import shutil
for folder in (os.environ["HOME"], os.environ["TMPDIR"], "/tmp", facts["sockets"]):
    for name, target in {"file": facts["submission"], "folder": facts["place"], "self": folder, "root": "/"}.items():
        with trying():
            os.symlink(target, f"{folder}/{name}")
with trying():
    shutil.rmtree(os.environ["TMPDIR"])
    os.symlink(facts["place"], os.environ["TMPDIR"])

# %% plants hard links
# says: to the host's files, so that whoever changes one changes the other
with trying():
    os.link(facts["submission"], "hard")
    os.chmod("hard", 0o600)
    got_in()

# %% plants pipes and devices
# says: a reader of which would wait for ever, or read without end
import stat
os.mkfifo("pipe")
os.mkfifo(os.environ["TMPDIR"] + "/connection.json")
for name, device in (("zero", os.makedev(1, 5)), ("memory", os.makedev(1, 1))):
    with trying():
        os.mknod(name, stat.S_IFCHR | 0o666, device)
        got_in()

# %% swaps its connection file
# says: for a link that the grader, as root, would give away
# ends: ok died
path = facts["sockets"] + "/connection.json"
with trying():
    os.unlink(path)
with trying():
    os.symlink(facts["submission"], path)
    got_in()

# %% swaps folders while they are cleaned
# says: a daemon that turns folders into links and back as fast as it can
def swap():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            os.mkdir("turn")
            open("turn/file", "w").close()
            os.rename("turn", "turned")
            os.symlink(facts["place"], "turn")
            os.unlink("turn")
            os.rename("turned", "turn")
detach(swap)

# %% hides things from the sweep
# says: names with newlines, without any encoding, of 255 bytes
for name in (b"a\nb", b"\xff\xfe\x80", b"-rf", b"\x1b[2J", b"x" * 255, "아".encode() * 85):
    with open(os.environ["HOME"].encode() + b"/" + name, "w") as file:
        file.write("x")

# %% leaves something for its replay
# says: files, start-up scripts of Python and IPython, and modules of torch's name, where a run would find them
for folder in (os.environ["HOME"], os.environ["IPYTHONDIR"] + "/profile_default/startup", os.environ["TMPDIR"], "/tmp"):
    with trying():
        os.makedirs(folder, exist_ok=True)
        for name in ("torch.py", "sitecustomize.py", "usercustomize.py", "00-first.py", "random.py", ".pythonrc", "matplotlibrc"):
            with open(f"{folder}/{name}", "w") as file:
                file.write("print('left by another run')\nanswer = False\n")
import torch, builtins
torch.eye = builtins.sum = lambda *_: 13
os.environ["PYTHONSTARTUP"] = os.environ["HOME"] + "/.pythonrc"
