"""The system calls that a guest may make: an allow-list, with their numbers on x86_64 and aarch64.

Found by tracing the course's days, DataLoader workers, shared tensors, locks, TorchScript, matplotlib, scikit-learn and
joblib, `torch.distributed`, and completed by family: another C library makes the same call under a sibling's name.

What is not here, and why: io_uring, bpf, perf_event_open, userfaultfd, ptrace, process_vm_*, pidfd_getfd, keys, mounts,
namespaces, modules, kexec, splice, and the like are where kernels are broken into; System V and POSIX message queues,
semaphores and shared memory, memfd_create and inotify hold memory that no limit of ours counts; execveat, setuid and
chown have no use in a place without other programs, users and capabilities.
"""

from __future__ import annotations

# name, number on x86_64, number on aarch64; `-` where an architecture does not have it.
TABLE = """
# Reading and writing
read 0 63
write 1 64
readv 19 65
writev 20 66
pread64 17 67
pwrite64 18 68
preadv 295 69
pwritev 296 70
preadv2 327 286
pwritev2 328 287
lseek 8 62
sendfile 40 71
copy_file_range 326 285
fsync 74 82
fdatasync 75 83
ftruncate 77 46
truncate 76 45
fallocate 285 47
fadvise64 221 223
readahead 187 213
sync_file_range 277 84
flock 73 32
fcntl 72 25
dup 32 23
dup2 33 -
dup3 292 24
close 3 57
close_range 436 436
pipe 22 -
pipe2 293 59
# Files and folders by name
open 2 -
openat 257 56
openat2 437 437
creat 85 -
stat 4 -
fstat 5 80
lstat 6 -
newfstatat 262 79
statx 332 291
statfs 137 43
fstatfs 138 44
access 21 -
faccessat 269 48
faccessat2 439 439
readlink 89 -
readlinkat 267 78
getcwd 79 17
chdir 80 49
fchdir 81 50
getdents 78 -
getdents64 217 61
mkdir 83 -
mkdirat 258 34
rmdir 84 -
unlink 87 -
unlinkat 263 35
rename 82 -
renameat 264 38
renameat2 316 276
link 86 -
linkat 265 37
symlink 88 -
symlinkat 266 36
chmod 90 -
fchmod 91 52
fchmodat 268 53
fchmodat2 452 452
umask 95 166
utime 132 -
utimes 235 -
utimensat 280 88
futimesat 261 -
getxattr 191 8
lgetxattr 192 9
fgetxattr 193 10
listxattr 194 11
llistxattr 195 12
flistxattr 196 13
# Waiting
poll 7 -
ppoll 271 73
select 23 -
pselect6 270 72
epoll_create 213 -
epoll_create1 291 20
epoll_ctl 233 21
epoll_wait 232 -
epoll_pwait 281 22
epoll_pwait2 441 441
eventfd 284 -
eventfd2 290 19
timerfd_create 283 85
timerfd_settime 286 86
timerfd_gettime 287 87
nanosleep 35 101
clock_nanosleep 230 115
pause 34 -
alarm 37 -
setitimer 38 103
getitimer 36 102
restart_syscall 219 128
# Memory
brk 12 214
mmap 9 222
munmap 11 215
mremap 25 216
mprotect 10 226
madvise 28 233
msync 26 227
mincore 27 232
get_mempolicy 239 236
# Threads and processes; clone is looked at closer
fork 57 -
vfork 58 -
execve 59 221
exit 60 93
exit_group 231 94
wait4 61 260
waitid 247 95
set_tid_address 218 96
set_robust_list 273 99
get_robust_list 274 100
rseq 334 293
futex 202 98
futex_waitv 449 449
membarrier 324 283
sched_yield 24 124
sched_getaffinity 204 123
sched_setaffinity 203 122
sched_getparam 143 121
sched_getscheduler 145 120
sched_get_priority_max 146 125
sched_get_priority_min 147 126
getpriority 140 141
setpriority 141 140
getcpu 309 168
arch_prctl 158 -
pidfd_open 434 434
pidfd_send_signal 424 424
prlimit64 302 261
getrlimit 97 163
setrlimit 160 164
setsid 112 157
setpgid 109 154
getpgid 121 155
getpgrp 111 -
getsid 124 156
getpid 39 172
getppid 110 173
gettid 186 178
# Signals, which end at the process namespace
rt_sigaction 13 134
rt_sigprocmask 14 135
rt_sigreturn 15 139
rt_sigpending 127 136
rt_sigsuspend 130 133
rt_sigtimedwait 128 137
rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240
sigaltstack 131 132
kill 62 129
tkill 200 130
tgkill 234 131
# Who and where
getuid 102 174
geteuid 107 175
getgid 104 176
getegid 108 177
getgroups 115 158
getresuid 118 148
getresgid 120 150
capget 125 90
uname 63 160
sysinfo 99 179
getrusage 98 165
times 100 153
time 201 -
gettimeofday 96 169
clock_gettime 228 113
clock_getres 229 114
getrandom 318 278
# Sockets, of the families that the profile allows
bind 49 200
connect 42 203
listen 50 201
accept 43 202
accept4 288 242
getsockname 51 204
getpeername 52 205
getsockopt 55 209
setsockopt 54 208
sendto 44 206
recvfrom 45 207
sendmsg 46 211
recvmsg 47 212
sendmmsg 307 269
recvmmsg 299 243
shutdown 48 210
# Looked at closer
clone 56 220
socket 41 198
socketpair 53 199
ioctl 16 29
prctl 157 167
"""

X86_64, AARCH64 = "x86_64", "aarch64"
MACHINES = (X86_64, AARCH64)
# From here on the numbers are the same everywhere, and what was added later is optional: its users fall back.
FIRST_OPTIONAL = 424


def numbers(machine: str) -> dict[str, int]:
    """Return the number of every allowed call on a machine, as `os.uname().machine` names it."""
    column = 1 + MACHINES.index(machine)
    rows = [line.split() for line in TABLE.splitlines() if line and not line.startswith("#")]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}
