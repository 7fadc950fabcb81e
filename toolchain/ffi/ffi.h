/* libffi's interface for wasm32, as GHC's runtime system uses it. README.md beside this file says how it works. */
#pragma once

#include <stddef.h>

#define FFI_CLOSURES 1

typedef enum { FFI_OK = 0, FFI_BAD_TYPEDEF, FFI_BAD_ABI, FFI_BAD_ARGTYPE } ffi_status;
typedef enum { FFI_FIRST_ABI = 0, FFI_WASM32, FFI_LAST_ABI, FFI_DEFAULT_ABI = FFI_WASM32 } ffi_abi;

typedef struct _ffi_type {
  size_t size;
  unsigned short alignment;
  unsigned short type;
  struct _ffi_type **elements;
} ffi_type;

typedef struct {
  ffi_abi abi;
  unsigned nargs;
  ffi_type **arg_types;
  ffi_type *rtype;
  unsigned bytes;
  unsigned flags;
} ffi_cif;

typedef void ffi_closure_function(ffi_cif *cif, void *result, void **arguments, void *user_data);

typedef struct {
  ffi_closure_function *fun; /* NULL: the slot is free */
  ffi_cif *cif;
  void *user_data;
} ffi_closure;

/* Results that are smaller than a register are written, and read, as one. */
typedef unsigned ffi_arg;
typedef int ffi_sarg;

extern ffi_type ffi_type_void, ffi_type_uint8, ffi_type_sint8, ffi_type_uint16, ffi_type_sint16, ffi_type_uint32,
    ffi_type_sint32, ffi_type_uint64, ffi_type_sint64, ffi_type_float, ffi_type_double, ffi_type_pointer;

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *rtype, ffi_type **atypes);

/* Up to four arguments. */
void ffi_call(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue);

/* The functions of one signature that closures can be given (ffi_pool.h). */
typedef struct {
  const char *signature; /* of the result and each argument: v (void), i, l (64 bits), f, d */
  unsigned size, last;
  ffi_closure *closures;
  void *const *code;
} ffi_pool;

/* Only for `fun`s which, called with `cif` NULL, write the address of their pool to `result`: GHC's stubs do, after
 * wrapper-stubs.sh. */
ffi_status ffi_alloc_prep_closure(ffi_closure **closure, ffi_cif *cif, ffi_closure_function *fun, void *user_data,
                                  void **code);
void ffi_closure_free(void *closure);
/* What `closure` of a pool does when C calls it. */
void ffi_closure_enter(const ffi_pool *pool, unsigned slot, void *result, void **arguments);
