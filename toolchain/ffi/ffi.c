/* libffi for wasm32: types and closures. README.md beside this file says how it works. */
#include "ffi.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE(name, size, number) ffi_type ffi_type_##name = {size, size, number, NULL}
TYPE(void, 1, 0);
TYPE(float, 4, 2);
TYPE(double, 8, 3);
TYPE(uint8, 1, 5);
TYPE(sint8, 1, 6);
TYPE(uint16, 2, 7);
TYPE(sint16, 2, 8);
TYPE(uint32, 4, 9);
TYPE(sint32, 4, 10);
TYPE(uint64, 8, 11);
TYPE(sint64, 8, 12);
TYPE(pointer, 4, 14);

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *rtype, ffi_type **atypes) {
  if (abi != FFI_WASM32) return FFI_BAD_ABI;
  if (rtype->elements) return FFI_BAD_TYPEDEF;
  for (unsigned i = 0; i < nargs; i++)
    if (atypes[i]->elements || atypes[i] == &ffi_type_void) return FFI_BAD_ARGTYPE;
  *cif = (ffi_cif){.abi = abi, .nargs = nargs, .rtype = rtype, .arg_types = atypes};
  return FFI_OK;
}

static char letter(const ffi_type *type) {
  if (type == &ffi_type_void) return 'v';
  if (type == &ffi_type_float) return 'f';
  if (type == &ffi_type_double) return 'd';
  return type->size == 8 ? 'l' : 'i';
}

static int has_signature(const ffi_cif *cif, const char *signature) {
  if (letter(cif->rtype) != *signature++) return 0;
  for (unsigned i = 0; i < cif->nargs; i++)
    if (letter(cif->arg_types[i]) != *signature++) return 0;
  return *signature == 0;
}

/* For people: "(i32, f64) -> i64". */
static void print_signature(const char *signature) {
  static const char letters[] = "vilfd", *const names[] = {"void", "i32", "i64", "f32", "f64"};
  char result = *signature++;
  fputc('(', stderr);
  for (const char *at = signature; *at; at++)
    for (unsigned i = 0; letters[i]; i++)
      if (letters[i] == *at) fprintf(stderr, "%s%s", at == signature ? "" : ", ", names[i]);
  for (unsigned i = 0; letters[i]; i++)
    if (letters[i] == result) fprintf(stderr, ") -> %s", names[i]);
}

static _Noreturn void exhausted(const ffi_pool *pool) {
  fprintf(stderr, "foreign import ccall \"wrapper\": all %u C function pointers of the type ", pool->size);
  print_signature(pool->signature);
  fputs(" are in use.\n"
        "Wasm makes no code at run time, so their number is fixed: release them with freeHaskellFunPtr, or compile\n"
        "the module of the import for more, with -optc-DFFI_POOL_SIZE=1024 (16, 128, 256, 1024 or 4096).\n",
        stderr);
  exit(EXIT_FAILURE);
}

ffi_status ffi_alloc_prep_closure(ffi_closure **closure, ffi_cif *cif, ffi_closure_function *fun, void *user_data,
                                  void **code) {
  ffi_pool *pool = NULL;
  fun(NULL, &pool, NULL, NULL);
  if (!has_signature(cif, pool->signature)) return FFI_BAD_TYPEDEF;
  /* The slot that is free for longest: calls of a freed pointer are found out, mostly. */
  for (unsigned i = 0; i < pool->size; i++) {
    pool->last = (pool->last + 1) % pool->size;
    ffi_closure *slot = &pool->closures[pool->last];
    if (slot->fun) continue;
    *slot = (ffi_closure){fun, cif, user_data};
    *closure = slot;
    *code = pool->code[pool->last];
    return FFI_OK;
  }
  exhausted(pool);
}

void ffi_closure_free(void *closure) { ((ffi_closure *)closure)->fun = NULL; }

void ffi_closure_enter(const ffi_pool *pool, unsigned slot, void *result, void **arguments) {
  ffi_closure *closure = &pool->closures[slot];
  if (!closure->fun) {
    fputs("foreign import ccall \"wrapper\": C called a function pointer of the type ", stderr);
    print_signature(pool->signature);
    fputs(" after freeHaskellFunPtr had released it.\n", stderr);
    exit(EXIT_FAILURE);
  }
  closure->fun(closure->cif, result, arguments, closure->user_data);
}
