# SPDX-License-Identifier: Apache-2.0
"""Runs a program under ptrace and kills it at one of its points. Points are the begin and the end of every system
call that touches a folder or a network socket, unless the call is known to change nothing, and every receipt of
data. The points are found while the program runs; no list of them is kept."""

import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import sys

CANNOT_RUN = 77  # scripts/test reads it as "not on this machine"

# Calls that change neither a file nor what a server knows. A call that is not named here is a point: so
# a call that nobody thought of is one point too many and not one too few.
HARMLESS = set("""access alarm arch_prctl bind brk clock_getres clock_gettime clock_nanosleep close epoll_create1 epoll_ctl
epoll_pwait epoll_wait eventfd2 execve exit exit_group faccessat faccessat2 fadvise64 fcntl fgetxattr fstat fstatfs futex getcwd
getdents64 getegid geteuid getgid getgroups getpeername getpgrp getpid getppid getrandom getrlimit getrusage getsockname getsockopt
gettid gettimeofday getuid getxattr ioctl kill lgetxattr listen lseek lstat madvise mmap mprotect mremap munmap nanosleep newfstatat
pipe2 poll ppoll prctl pread64 prlimit64 pselect6 read readlink readlinkat readv recvfrom recvmmsg recvmsg restart_syscall rseq
rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield select set_robust_list set_tid_address setrlimit setsockopt
sigaltstack socket socketpair stat statfs statx tgkill time times umask uname wait4 waitid""".split())
RECEIVING = {"read", "readv", "recvfrom", "recvmsg", "recvmmsg", "pread64"}
CHANGING_FLAGS = os.O_CREAT | os.O_TRUNC

TRACEME, SYSCALL, SETOPTIONS, GET_SYSCALL_INFO = 0, 24, 0x4200, 0x420E
OPTIONS = 1 | 2 | 4 | 8 | 16 | 0x100000  # marked system calls, children, threads, exec; ends with the tracer
WALL = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def get_the_right_to_trace(whole_machine):
    """The executable hides its memory from other processes of its user, so that only root can see what its
    calls touch. This becomes root of a user namespace, or, with `whole_machine`, of this machine, by starting
    again. Returns the reason if neither is possible."""
    if os.geteuid() == 0:
        return None
    ways = [["sudo", "-n", "-E"]]
    if not whole_machine:
        ways.insert(0, ["unshare", "--user", "--map-root-user"])
    for way in ways:
        if shutil.which(way[0]) and subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
            os.execvp(way[0], [*way, sys.executable, *sys.argv])
    return "tracing the executable, which hides its memory, needs root or a user namespace"


def call_names():
    text = subprocess.run([os.environ.get("CC", "cc"), "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                          capture_output=True, text=True, check=True).stdout
    return {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", text, re.M)}


NAMES = call_names()


def ptrace(request, tid, address=0, data=0):
    if libc.ptrace(request, tid, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace {request}: {os.strerror(number)}")


class Ended(Exception):
    pass


class Traced:
    """One run. `kill` is called at each point, with its number (from 1) and label, and says whether the run ends
    there. `points`: the labels reached, in order; `killed`: whether it was killed."""

    def __init__(self, arguments, environment, folder, output, kill=lambda number, label: False):
        self.folder, self.kill = os.path.realpath(folder), kill
        self.points, self.killed, self.code = [], False, None
        self.inside = {}  # thread -> label of the call that it is inside
        self.pid = os.fork()
        if self.pid == 0:
            self.become(arguments, environment, output)
        try:
            self.follow()
        except Ended:
            pass

    @staticmethod
    def become(arguments, environment, output):
        try:
            os.setpgid(0, 0)
            for number, path in ((0, "/dev/null"), (1, output), (2, output + ".err")):
                descriptor = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.dup2(descriptor, number)
                os.close(descriptor)
            ptrace(TRACEME, 0)
            os.execve(arguments[0], arguments, environment)
        finally:
            os._exit(127)

    def follow(self):
        _, status = os.waitpid(self.pid, WALL)
        if not os.WIFSTOPPED(status):  # by its execve
            raise OSError(f"the program did not start: {os.waitstatus_to_exitcode(status)}")
        ptrace(SETOPTIONS, self.pid, 0, OPTIONS)
        self.go_on(self.pid)
        while True:
            tid, status = os.waitpid(-self.pid, WALL)
            if os.WIFSTOPPED(status):
                self.stopped(tid, status)
            elif tid == self.pid:
                self.code = os.waitstatus_to_exitcode(status)
                return

    def go_on(self, tid, number=0):
        try:
            ptrace(SYSCALL, tid, 0, number)
        except ProcessLookupError:
            pass  # it is being killed

    def stopped(self, tid, status):
        number = os.WSTOPSIG(status)
        if number == signal.SIGTRAP | 0x80:
            self.at_call(tid)
            number = 0
        elif number == signal.SIGTRAP or status >> 16 or number == signal.SIGSTOP:
            number = 0
        self.go_on(tid, number)

    def at_call(self, tid):
        buffer = ctypes.create_string_buffer(88)
        ptrace(GET_SYSCALL_INFO, tid, len(buffer), ctypes.addressof(buffer))
        kind = buffer.raw[0]
        if kind == 1:
            number, *arguments = struct.unpack_from("=7Q", buffer, 24)
            label = self.label(tid, NAMES.get(number, f"call {number}"), arguments)
            self.inside[tid] = label
            if label and not label.startswith("receive"):
                self.point("before " + label)
        elif kind == 2:
            value, failed = struct.unpack_from("=qB", buffer, 24)
            label = self.inside.pop(tid, None)
            if label and not failed and (value > 0 or not label.startswith("receive")):
                self.point("after " + label)

    def point(self, label):
        self.points.append(label)
        if not self.kill(len(self.points), label):
            return
        self.killed = True
        os.kill(self.pid, signal.SIGKILL)
        while True:  # a process that is killed when a call begins never makes it
            tid, status = os.waitpid(-self.pid, WALL)
            if tid == self.pid and not os.WIFSTOPPED(status):
                self.code = os.waitstatus_to_exitcode(status)
                raise Ended
            if os.WIFSTOPPED(status):
                self.go_on(tid)

    def label(self, tid, name, arguments):
        """What the call touches, or None if it is no point."""
        if name in HARMLESS and name not in RECEIVING:
            return None
        target = self.descriptor(tid, arguments[0])
        if name in RECEIVING:
            return f"receive ({name})" if target.startswith("socket:") else None
        if target.startswith("socket:"):
            return f"{name} on a socket"
        paths = [self.text(tid, argument) for argument in arguments[:5]]
        if name in ("open", "openat") and not arguments[1 if name == "open" else 2] & CHANGING_FLAGS:
            return None
        # A register may still hold the path of the previous call.
        touched = dict.fromkeys(os.path.relpath(path, self.folder) for path in [target, *paths] if self.holds(path))
        return f"{name} {' '.join(touched)}" if touched else None

    def holds(self, path):
        return path == self.folder or path.startswith(self.folder + "/")

    @staticmethod
    def descriptor(tid, number):
        try:
            return os.readlink(f"/proc/{tid}/fd/{number}") if number < 65536 else ""
        except OSError:
            return ""

    @staticmethod
    def text(tid, address):
        if address < 65536 or address >= 1 << 63:
            return ""
        try:
            with open(f"/proc/{tid}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                return memory.read(512).split(b"\0")[0].decode("utf-8", "replace")
        except (OSError, ValueError, OverflowError):
            return ""
