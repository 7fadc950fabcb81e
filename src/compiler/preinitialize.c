/* Linked in by the option `preinitialize`: see Note [Freezing and thawing] in src/host/preinitialize.rs. */

#include "Rts.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>
#include <wasi/libc-environ.h>

/* Of the rts, where statistics begin. */
void initStats0(void);
void stat_startInit(void);
void stat_endInit(void);

/* Older ones of wasi-libc have none, and a program that opens no file does not need it. */
__attribute__((weak)) void __wasilibc_reset_preopens();

static _Noreturn void refuse(const char *what) {
  errorBelch("%s came too late: GHC's runtime was started when the module was made (give rtsOptions to compile(), in "
             "the option preinitialize)",
             what);
  stg_exit(EXIT_FAILURE);
}

/* What `hs_init_ghc` makes of the arguments, without those for the rts. */
static void take_arguments(void) {
  __wasi_size_t count, bytes;
  if (__wasi_args_sizes_get(&count, &bytes) != 0 || count == 0) return;
  char **given = calloc(count + 1, sizeof *given);
  char *text = malloc(bytes);
  if (!given || !text || __wasi_args_get((uint8_t **)given, (uint8_t *)text) != 0) return;
  setFullProgArgv((int)count, given);
  int kept = 1;
  for (__wasi_size_t at = 1; at < count; at++) {
    if (!strcmp(given[at], "--RTS") || !strcmp(given[at], "--")) {
      if (given[at][2]) at++;
      while (at < count) given[kept++] = given[at++];
    } else if (!strcmp(given[at], "+RTS")) {
      refuse("+RTS");
    } else if (strcmp(given[at], "-RTS")) {
      given[kept++] = given[at];
    }
  }
  given[kept] = NULL;
  setProgArgv(kept, given);
  free(text);
  free(given);
}

__attribute__((export_name("hs_wasm_freeze"))) void hs_wasm_freeze(void) {
  /* Once to find what is dead, once to let go of it. */
  hs_perform_gc();
  hs_perform_gc();
  rts_clearMemory();
}

__attribute__((export_name("hs_wasm_thaw"))) void hs_wasm_thaw(void) {
  __wasilibc_deinitialize_environ();
  __wasilibc_maybe_reinitialize_environ_eagerly();
  if (__wasilibc_reset_preopens) __wasilibc_reset_preopens();
  if (getenv("GHCRTS")) refuse("the variable GHCRTS");
  take_arguments();
  setlocale(LC_CTYPE, "");
  const char *folder = getenv("PWD");
  if (folder && chdir(folder) != 0) {
    errorBelch("cannot make PWD the working folder: chdir(%s) failed", folder);
    stg_exit(EXIT_FAILURE);
  }
  initStats0();
  stat_startInit();
  stat_endInit();
}
