/* libffi for wasm32-wasi, as far as GHC's runtime system needs it to link.
 *
 * Making a C function pointer of a Haskell function at run time (foreign import ccall "wrapper") is not possible with
 * it: the program ends with a message that says so. JSFFI's "wrapper" and everything else in JSFFI do not use libffi. */
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

static _Noreturn void unsupported(const char *function) {
  fprintf(stderr,
          "hs-wasm: foreign import ccall \"wrapper\" is not supported by this toolchain (%s).\n"
          "Use foreign import javascript \"wrapper\", or a foreign export whose address C takes.\n",
          function);
  abort();
}

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *rtype, ffi_type **atypes) {
  *cif = (ffi_cif){.abi = abi, .nargs = nargs, .rtype = rtype, .arg_types = atypes};
  return FFI_OK;
}

void ffi_call(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue) {
  (void)cif, (void)fn, (void)rvalue, (void)avalue;
  unsupported("ffi_call");
}

ffi_status ffi_alloc_prep_closure(ffi_closure **closure, ffi_cif *cif,
                                  void (*fun)(ffi_cif *, void *, void **, void *), void *user_data, void **code) {
  (void)closure, (void)cif, (void)fun, (void)user_data, (void)code;
  unsupported("ffi_alloc_prep_closure");
}

void *ffi_closure_alloc(size_t size, void **code) {
  (void)size, (void)code;
  unsupported("ffi_closure_alloc");
}

void ffi_closure_free(void *closure) { free(closure); }
