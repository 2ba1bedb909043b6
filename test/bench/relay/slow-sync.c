/* Adds SLOW_SYNC_US microseconds to each sync of a file, as a slow disk would: LD_PRELOAD=slow-sync.so */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static void wait_as_a_disk(void) {
  const char *us = getenv("SLOW_SYNC_US");
  if (us) usleep((useconds_t)atoi(us));
}

#define SLOW(name, parameters, arguments)                      \
  int name parameters {                                        \
    static int(*real) parameters;                              \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #name); \
    wait_as_a_disk();                                          \
    return real arguments;                                     \
  }

SLOW(fsync, (int fd), (fd))
SLOW(fdatasync, (int fd), (fd))
SLOW(msync, (void *address, size_t length, int flags), (address, length, flags))

/* A file that was opened with O_DSYNC is synced by each write: LMDB writes its meta pages so. */
static int syncs(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DSYNC);
}

#define SLOW_WRITE(name, offset)                                                    \
  ssize_t name(int fd, const void *data, size_t length, offset at) {                \
    static ssize_t (*real)(int, const void *, size_t, offset);                      \
    if (!real) real = (ssize_t(*)(int, const void *, size_t, offset))dlsym(RTLD_NEXT, #name); \
    if (syncs(fd)) wait_as_a_disk();                                                \
    return real(fd, data, length, at);                                              \
  }

SLOW_WRITE(pwrite, off_t)
SLOW_WRITE(pwrite64, off64_t)
