# Runs before every attack, in the same kernel; `facts` is put in front of it.
import contextlib, ctypes, mmap, os, signal, socket, subprocess, sys, threading, time  # noqa

facts["sockets"] = os.path.dirname(get_ipython().kernel.parent.abs_connection_file)
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A system call by its name; raises OSError where it is refused."""
    number = facts["calls"][name]
    if number is None:
        raise OSError("no such call on this machine")
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = libc.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def got_in():
    """Tell whoever watches: for what cannot be seen from outside."""
    print("got in:", facts["word"][::-1], flush=True)


@contextlib.contextmanager
def trying():
    """Whatever is refused is only printed, so that the next attempt is made."""
    try:
        yield
    except BaseException as error:
        print(type(error).__name__, str(error)[:80])


def show(path):
    """Print what a file holds."""
    with trying(), open(path, "rb") as file:
        print(path, file.read(4000).decode(errors="replace"))


def kernel():
    return get_ipython().kernel


def in_child(action):
    """Do it in a process of its own, for what cannot be undone."""
    child = os.fork()
    if child == 0:
        try:
            with trying():
                action()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def detach(action):
    """Do it in a daemon: a session of its own, and no parent."""
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            try:
                action()
            finally:
                os._exit(0)
        os._exit(0)
    os.waitpid(child, 0)


def reply(stream_name, kind, content, parent=None, buffers=None):
    """Send a message of the kernel's, as if it had been asked for."""
    k = kernel()
    parent = k.get_parent() if parent is None else parent
    if stream_name == "iopub":
        k.session.send(k.iopub_socket, kind, content, parent=parent, buffers=buffers)
    else:
        k.session.send(k.shell_stream, kind, content, parent=parent, ident=k._parent_ident["shell"], buffers=buffers)
