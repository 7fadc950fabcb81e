/* Functions for the closures of one signature: to be included once per signature, with these defined
 * (wrapper-stubs.sh does it):
 *
 *   FFI_SIGNATURE   as in ffi_pool             lil
 *   FFI_RESULT      the C type of the result   long long
 *   FFI_RETURN(at)  returns what is at `at`    return *(long long *)at
 *   FFI_PARAMETERS  of the function            int a0, long long a1 or void
 *   FFI_AND_PARAMETERS, FFI_AND_ARGUMENTS      , int a0, long long a1 and , a0, a1
 *   FFI_ADDRESSES                              &a0, &a1
 */
#ifndef FFI_POOL_H
#define FFI_POOL_H

#include "ffi.h"

#ifndef FFI_POOL_SIZE
#define FFI_POOL_SIZE 128
#endif

#define FFI_JOIN_(a, b, c) a##_##b##_##c
#define FFI_JOIN(a, b, c) FFI_JOIN_(a, b, c)
#define FFI_NAME(name) FFI_JOIN(ffi_##name, FFI_SIGNATURE, FFI_POOL_SIZE)

/* For a function of GHC's stubs: the answer to ffi_alloc_prep_closure. */
#define FFI_TELL_POOL(signature) \
  if (!cif) { \
    *(ffi_pool **)resp = &FFI_JOIN(ffi_pool, signature, FFI_POOL_SIZE); \
    return; \
  }

#define FFI_STRING_(text) #text
#define FFI_STRING(text) FFI_STRING_(text)

/* make(n) for each slot, n being hexadecimal digits. */
#define FFI_16(make, n) \
  make(n##0) make(n##1) make(n##2) make(n##3) make(n##4) make(n##5) make(n##6) make(n##7) \
  make(n##8) make(n##9) make(n##a) make(n##b) make(n##c) make(n##d) make(n##e) make(n##f)
#define FFI_128(make, n) \
  FFI_16(make, n##0) FFI_16(make, n##1) FFI_16(make, n##2) FFI_16(make, n##3) \
  FFI_16(make, n##4) FFI_16(make, n##5) FFI_16(make, n##6) FFI_16(make, n##7)
#define FFI_256(make, n) \
  FFI_128(make, n) \
  FFI_16(make, n##8) FFI_16(make, n##9) FFI_16(make, n##a) FFI_16(make, n##b) \
  FFI_16(make, n##c) FFI_16(make, n##d) FFI_16(make, n##e) FFI_16(make, n##f)
#define FFI_1024(make, n) FFI_256(make, n##0) FFI_256(make, n##1) FFI_256(make, n##2) FFI_256(make, n##3)
#define FFI_4096(make, n) \
  FFI_1024(make, n) \
  FFI_256(make, n##4) FFI_256(make, n##5) FFI_256(make, n##6) FFI_256(make, n##7) \
  FFI_256(make, n##8) FFI_256(make, n##9) FFI_256(make, n##a) FFI_256(make, n##b) \
  FFI_256(make, n##c) FFI_256(make, n##d) FFI_256(make, n##e) FFI_256(make, n##f)

#if FFI_POOL_SIZE == 16
#define FFI_EACH(make) FFI_16(make, )
#elif FFI_POOL_SIZE == 128
#define FFI_EACH(make) FFI_128(make, )
#elif FFI_POOL_SIZE == 256
#define FFI_EACH(make) FFI_256(make, )
#elif FFI_POOL_SIZE == 1024
#define FFI_EACH(make) FFI_1024(make, )
#elif FFI_POOL_SIZE == 4096
#define FFI_EACH(make) FFI_4096(make, )
#else
#error FFI_POOL_SIZE must be 16, 128, 256, 1024 or 4096
#endif

#define FFI_SLOT(n) FFI_JOIN(ffi_slot, FFI_SIGNATURE, n)
#define FFI_DEFINE(n) \
  static FFI_RESULT FFI_SLOT(n)(FFI_PARAMETERS) { return FFI_NAME(enter)(0x##n FFI_AND_ARGUMENTS); }
#define FFI_CODE(n) (void *)FFI_SLOT(n),

#endif

static FFI_RESULT FFI_NAME(enter)(unsigned slot FFI_AND_PARAMETERS);
FFI_EACH(FFI_DEFINE)
static void *const FFI_NAME(code)[] = {FFI_EACH(FFI_CODE)};
static ffi_closure FFI_NAME(closures)[FFI_POOL_SIZE];

/* Weak: modules share it. What is only used by the pool of another module is dropped by the linker. */
__attribute__((weak)) ffi_pool FFI_NAME(pool) = {FFI_STRING(FFI_SIGNATURE), FFI_POOL_SIZE, FFI_POOL_SIZE - 1,
                                                FFI_NAME(closures), FFI_NAME(code)};

static __attribute__((noinline)) FFI_RESULT FFI_NAME(enter)(unsigned slot FFI_AND_PARAMETERS) {
  void *arguments[] = {FFI_ADDRESSES}; /* of a function without any: a GNU C array without elements */
  long long result = 0;
  ffi_closure_enter(&FFI_NAME(pool), slot, &result, arguments);
  FFI_RETURN(&result);
}

#undef FFI_SIGNATURE
#undef FFI_RESULT
#undef FFI_RETURN
#undef FFI_PARAMETERS
#undef FFI_AND_PARAMETERS
#undef FFI_AND_ARGUMENTS
#undef FFI_ADDRESSES
