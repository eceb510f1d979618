// What Landlock has no rule for: the network, other processes, the kernel itself, and files' modes, owners, attributes and
// times. Whatever is refused gets EPERM; what the kernel got after version 6.1, and what programs do without, ENOSYS.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "Its numbers of system calls are not known here."
#endif

/** From 424 on numbers are the same everywhere, and older headers lack some of them. */
enum {
  kPidfdSendSignal = 424,  // Up to pidfd_open: io_uring, mounts, processes.
  kPidfdOpen = 434,
  kClone3 = 435,
  kOpenat2 = 437,
  kPidfdGetfd = 438,
  kProcessMadvise = 440,
  kMountSetattr = 442,
  kQuotactlFd = 443,
  kMemfdSecret = 447,
  kProcessMrelease = 448,
  /** set_mempolicy_home_node, the last that Linux 6.1 has. */
  kLastKnown = 450
};
/** Calls of the 32-bit interface that x86-64 has beside its own. */
enum { kX32 = 0x40000000 };

static const int refused[] = {
    // The network, and other ways to reach another process.
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg,
    SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_shmget, SYS_shmat, SYS_semget, SYS_msgget, SYS_mq_open,
    // Other processes.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, kPidfdGetfd, SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo, kProcessMadvise, kProcessMrelease, SYS_migrate_pages, SYS_move_pages, SYS_setpriority,
    SYS_ioprio_set,
    // The kernel, mounts, namespaces.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, kMountSetattr, SYS_unshare, SYS_setns, SYS_swapon,
    SYS_swapoff, SYS_reboot, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl,
    SYS_acct, SYS_quotactl, kQuotactlFd, SYS_syslog, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime,
    SYS_adjtimex, SYS_clock_adjtime, SYS_personality, SYS_vhangup, SYS_fanotify_init, SYS_inotify_init1,
    // Files, beside their contents.
    SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_truncate, SYS_name_to_handle_at, SYS_open_by_handle_at,
    SYS_memfd_create, kMemfdSecret, SYS_execveat,
#if defined(__x86_64__)
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_creat, SYS_fork, SYS_vfork, SYS_uselib,
    SYS_modify_ldt, SYS_iopl, SYS_ioperm, SYS_inotify_init,
#endif
};

struct Program {
  struct sock_filter code[512];
  unsigned short length;
};

static void Emit(struct Program* program, struct sock_filter instruction) {
  if (program->length == sizeof program->code / sizeof program->code[0]) abort();
  program->code[program->length++] = instruction;
}

static void Load(struct Program* program, size_t offset) {
  Emit(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void Return(struct Program* program, uint32_t verdict) {
  Emit(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

static void LoadNumber(struct Program* program) { Load(program, offsetof(struct seccomp_data, nr)); }

/** The lower half of an argument, of a machine whose numbers begin with it. */
static void LoadArgument(struct Program* program, int index) {
  Load(program, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (size_t)index);
}

static const uint32_t notPermitted = SECCOMP_RET_ERRNO | EPERM;
static const uint32_t notThere = SECCOMP_RET_ERRNO | ENOSYS;

static void Refuse(struct Program* program, int number, uint32_t verdict) {
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
  Return(program, verdict);
}

static void RefuseRange(struct Program* program, int first, int last) {
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)first, 0, 2));
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)last, 1, 0));
  Return(program, notPermitted);
}

/** Refuses a call whose argument has one of these bits. */
static void RefuseBits(struct Program* program, int number, int index, uint32_t bits) {
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
  LoadArgument(program, index);
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
  Return(program, notPermitted);
  LoadNumber(program);
}

/** Refuses a call whose argument lacks a bit. */
static void RequireBit(struct Program* program, int number, int index, uint32_t bit) {
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
  LoadArgument(program, index);
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 1, 0));
  Return(program, notPermitted);
  LoadNumber(program);
}

/** Refuses a call whose argument is none of two values. */
static void RequireOneOf(struct Program* program, int number, int index, uint32_t one, uint32_t other) {
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 5));
  LoadArgument(program, index);
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one, 2, 0));
  Emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 1, 0));
  Return(program, notPermitted);
  LoadNumber(program);
}

bool InstallFilter(void) {
  static struct Program program;
  const uint32_t self = (uint32_t)getpid();
  Load(&program, offsetof(struct seccomp_data, arch));
  Emit(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
  Return(&program, SECCOMP_RET_KILL_PROCESS);
  LoadNumber(&program);
  Emit(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32, 0, 1));
  Return(&program, SECCOMP_RET_KILL_PROCESS);
  Emit(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kLastKnown, 0, 1));
  Return(&program, notThere);
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) Refuse(&program, refused[i], notPermitted);
  RefuseRange(&program, kPidfdSendSignal, kPidfdOpen);
  // Their arguments lie in memory, where a filter can't look; programs then use the older ones.
  Refuse(&program, kClone3, notThere);
  Refuse(&program, kOpenat2, notThere);
  // Threads, and no processes.
  RequireBit(&program, SYS_clone, 0, CLONE_THREAD);
  // Where Landlock has no right for it yet (before Linux 6.2), a file that may only be read could be emptied.
  RefuseBits(&program, SYS_openat, 2, O_TRUNC);
#if defined(__x86_64__)
  RefuseBits(&program, SYS_open, 1, O_TRUNC);
#endif
  RequireOneOf(&program, SYS_kill, 0, self, self);
  RequireOneOf(&program, SYS_tgkill, 0, self, self);
  Refuse(&program, SYS_tkill, notPermitted);
  RequireOneOf(&program, SYS_prlimit64, 0, 0, self);
  Return(&program, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = {.len = program.length, .filter = program.code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}
