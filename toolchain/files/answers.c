/* Prints the costliest answers of ./configure in the form of its cache: the sizes and alignments of C types for the
 * rts, what they are in Haskell and the values of errno for ghc-internal. Linked to wasm and run once, it replaces some
 * 1,800 starts of the compiler, by which a cross-compiling ./configure would find the same by bisection. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { INTEGER = 1, POINTER = 5 }; /* of __builtin_classify_type */

static void type(const char *name, const char *haskell, int bits) {
  printf("fptools_cv_htype_sup_%s=yes\nfptools_cv_htype_%s=%s", name, name, haskell);
  if (bits) printf("%d", bits);
  puts("");
}

#define TYPE_(t, name)                                                       \
  type(name,                                                                 \
       __builtin_classify_type((t)0) == POINTER ? "CUIntPtr"                 \
       : __builtin_classify_type((t)0) != INTEGER                            \
           ? (sizeof(t) == sizeof(float) ? "Float" : "Double")               \
           : ((t)-1 < (t)0 ? "Int" : "Word"),                                \
       __builtin_classify_type((t)0) == INTEGER ? (int)sizeof(t) * 8 : 0)
#define TYPE(t) TYPE_(t, #t)
#define SIZE_(t, name)                                                                                \
  printf("ac_cv_type_%s=yes\nac_cv_sizeof_%s=%d\nfp_cv_alignment_%s=%d\n", name, name, (int)sizeof(t), name, \
         (int)offsetof(struct { char before; t it; }, it))
#define SIZE(t) SIZE_(t, #t)
#define CONSTANT(name, value) printf("fp_cv_const_%s=%d\n", name, value)

int main(void) {
  TYPE(char); TYPE_(signed char, "signed_char"); TYPE_(unsigned char, "unsigned_char"); TYPE(short);
  TYPE_(unsigned short, "unsigned_short"); TYPE(int); TYPE_(unsigned int, "unsigned_int"); TYPE(long);
  TYPE_(unsigned long, "unsigned_long"); TYPE_(long long, "long_long"); TYPE_(unsigned long long, "unsigned_long_long");
  TYPE(float); TYPE(double); TYPE(ptrdiff_t); TYPE(size_t); TYPE(wchar_t); TYPE(clock_t); TYPE(time_t);
  TYPE(useconds_t); TYPE(suseconds_t); TYPE(dev_t); TYPE(ino_t); TYPE(mode_t); TYPE(off_t); TYPE(pid_t);
  TYPE(gid_t); TYPE(uid_t); TYPE(nlink_t); TYPE(ssize_t); TYPE(blksize_t); TYPE(blkcnt_t); TYPE(clockid_t);
  TYPE(fsblkcnt_t); TYPE(fsfilcnt_t); TYPE(id_t); TYPE(key_t); TYPE(timer_t); TYPE(socklen_t); TYPE(nfds_t);
  TYPE(intptr_t); TYPE(uintptr_t); TYPE(intmax_t); TYPE(uintmax_t);
  SIZE(char); SIZE(double); SIZE(float); SIZE(int); SIZE(long); SIZE_(long long, "long_long"); SIZE(short);
  SIZE_(unsigned char, "unsigned_char"); SIZE_(unsigned int, "unsigned_int"); SIZE_(unsigned long, "unsigned_long");
  SIZE_(unsigned long long, "unsigned_long_long"); SIZE_(unsigned short, "unsigned_short"); SIZE_(void *, "void_p");
  SIZE(int8_t); SIZE(uint8_t); SIZE(int16_t); SIZE(uint16_t); SIZE(int32_t); SIZE(uint32_t); SIZE(int64_t); SIZE(uint64_t);
#include "constants.inc" /* the names in configure.ac: CONSTANT("EAGAIN", EAGAIN); or, undefined, -1 */
  return 0;
}
