/* As much of libffi's interface as GHC's runtime system uses. The distribution has no libffi for wasm32-wasi; see
 * ffi.c for what works and what does not. */
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

typedef struct {
  void *fun;
  ffi_cif *cif;
  void *user_data;
} ffi_closure;

typedef unsigned ffi_arg;
typedef int ffi_sarg;

extern ffi_type ffi_type_void, ffi_type_uint8, ffi_type_sint8, ffi_type_uint16, ffi_type_sint16, ffi_type_uint32,
    ffi_type_sint32, ffi_type_uint64, ffi_type_sint64, ffi_type_float, ffi_type_double, ffi_type_pointer;

ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *rtype, ffi_type **atypes);
void ffi_call(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue);
ffi_status ffi_alloc_prep_closure(ffi_closure **closure, ffi_cif *cif,
                                  void (*fun)(ffi_cif *, void *, void **, void *), void *user_data, void **code);
void *ffi_closure_alloc(size_t size, void **code);
void ffi_closure_free(void *closure);
