"""Python processes that begin where TensorFlow and the package are imported.

`forked` turns a line for `subprocess.Popen` into one whose process is forked from
another that has imported both, which takes seconds, and started nothing: no device, no
pool of threads. From there on it is a process like any other: its arguments, folder,
environment, files, signals, exit code, and what Python does at its end.

Not for tests of what comes before: how long imports take, what libraries write then,
and variables that they read then, such as TF_CPP_MIN_LOG_LEVEL.
"""

import atexit
import contextlib
import functools
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STANDARD = (0, 1, 2)  # input, output, error


def forked(line):
    """`[sys.executable, "FILE.py" or "-c" and a program, …]`, by a fork.

    A kill of the process kills the fork; other signals are passed on to it.
    """
    assert line[0] == sys.executable
    words = map(str, line[1:])
    return [sys.executable, "-I", "-S", __file__, _server(), *words]


@functools.cache
def _server():
    """The address of the process to fork from, which ends with this one."""
    folder = tempfile.mkdtemp(prefix="forks")  # an address has at most 107 bytes
    address = os.path.join(folder, "address")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    server = subprocess.Popen(
        [sys.executable, __file__, address],
        env={**environment, "CUDA_VISIBLE_DEVICES": "-1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert server.stdout.readline() == b"ready\n", server.communicate()[1].decode()
    atexit.register(shutil.rmtree, folder)
    atexit.register(server.communicate)
    return address


def serve(address):
    """Forks for each connection; returns, in the fork, its words."""
    import tensorflow  # noqa: F401

    import inpaint.inference
    import inpaint.training.trainer  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who waits for a fork is not reaped
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:
                sys.exit()
            connection, _ = listening.accept()
            if os.fork() == 0:
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, files = _received(connection)
    fork = os.fork()
    if fork:
        for file in files:
            os.close(file)
        _watch(fork, connection)
        os._exit(0)
    connection.close()
    for file, standard in zip(files, STANDARD):
        os.dup2(file, standard)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    return request["words"]


def _watch(fork, connection):
    """Say how a fork ended; kill it if nobody is left who would hear it."""

    def kill_if_alone():
        if not connection.recv(1):
            os.kill(fork, signal.SIGKILL)

    connection.sendall(b"%d\n" % fork)
    threading.Thread(target=kill_if_alone, daemon=True).start()
    _, status = os.waitpid(fork, 0)
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _received(connection):
    """(What `_ask` sent, its standard files)."""
    message, files, _, _ = socket.recv_fds(connection, 1, len(STANDARD))
    with connection.makefile("rb") as rest:
        return json.loads(message + rest.readline()), files


def start(words):
    """As Python starts on its command line: a file or -c and a program."""
    import numpy as np

    np.random.seed()
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [path for path in paths if path]
    if words[0] == "-c":
        sys.argv = ["-c", *words[2:]]
        sys.path[0:2] = ["", *paths]
        exec(compile(words[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = words
        sys.path[0:2] = [os.path.dirname(os.path.abspath(words[0])), *paths]
        runpy.run_path(words[0], run_name="__main__")


def ask(address, words):
    """Stands for the fork: has its standard files, its signals and its end."""
    request = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [b" "], STANDARD)
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as answers:
            fork = int(answers.readline())
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda which, _: os.kill(fork, which))
            code = int(answers.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        start(serve(sys.argv[1]))
    else:
        ask(sys.argv[1], sys.argv[2:])
