/* ffi_call for wasm32: a call_indirect of the right type for each of the 1705 signatures of up to four arguments. In a
 * file of its own, because only programs whose own C calls it have it. */
#include "ffi.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE_0 void
#define TYPE_1 int
#define TYPE_2 long long
#define TYPE_3 float
#define TYPE_4 double

static unsigned code(const ffi_type *type) {
  if (type == &ffi_type_void) return 0;
  if (type == &ffi_type_float) return 3;
  if (type == &ffi_type_double) return 4;
  return type->size == 8 ? 2 : 1;
}
#define CODE(r, a, b, c, d) ((((d * 5 + c) * 5 + b) * 5 + a) * 5 + r)

#define STORE_0(call) call
#define STORE_1(call) *(int *)rvalue = call
#define STORE_2(call) *(long long *)rvalue = call
#define STORE_3(call) *(float *)rvalue = call
#define STORE_4(call) *(double *)rvalue = call
#define CASE(code, r, parameters, arguments) \
  case code: STORE_##r(((TYPE_##r(*) parameters)fn)arguments); return;
#define ARGUMENT(n, type) *(TYPE_##type *)avalue[n]

#define CALL_0(r, _) CASE(r, r, (void), ())
#define CALL_1(r, _, a) CASE(CODE(r, a, 0, 0, 0), r, (TYPE_##a), (ARGUMENT(0, a)))
#define CALL_2(r, _, a, b) CASE(CODE(r, a, b, 0, 0), r, (TYPE_##a, TYPE_##b), (ARGUMENT(0, a), ARGUMENT(1, b)))
#define CALL_3(r, _, a, b, c) \
  CASE(CODE(r, a, b, c, 0), r, (TYPE_##a, TYPE_##b, TYPE_##c), (ARGUMENT(0, a), ARGUMENT(1, b), ARGUMENT(2, c)))
#define CALL_4(r, _, a, b, c, d) \
  CASE(CODE(r, a, b, c, d), r, (TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d), \
       (ARGUMENT(0, a), ARGUMENT(1, b), ARGUMENT(2, c), ARGUMENT(3, d)))

#define RESULTS(call, ...) \
  call(0, __VA_ARGS__) call(1, __VA_ARGS__) call(2, __VA_ARGS__) call(3, __VA_ARGS__) call(4, __VA_ARGS__)
/* LISTS_n(call, _): call(result, _, a, ...) for each list of n types and each result. */
#define LISTS_1(c, ...) RESULTS(c, __VA_ARGS__, 1) RESULTS(c, __VA_ARGS__, 2) RESULTS(c, __VA_ARGS__, 3) RESULTS(c, __VA_ARGS__, 4)
#define LISTS_2(c, ...) LISTS_1(c, __VA_ARGS__, 1) LISTS_1(c, __VA_ARGS__, 2) LISTS_1(c, __VA_ARGS__, 3) LISTS_1(c, __VA_ARGS__, 4)
#define LISTS_3(c, ...) LISTS_2(c, __VA_ARGS__, 1) LISTS_2(c, __VA_ARGS__, 2) LISTS_2(c, __VA_ARGS__, 3) LISTS_2(c, __VA_ARGS__, 4)
#define LISTS_4(c, ...) LISTS_3(c, __VA_ARGS__, 1) LISTS_3(c, __VA_ARGS__, 2) LISTS_3(c, __VA_ARGS__, 3) LISTS_3(c, __VA_ARGS__, 4)

void ffi_call(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue) {
  unsigned signature = 0;
  if (cif->nargs > 4) {
    fprintf(stderr, "ffi_call: %u arguments; wasm has it for up to 4.\n", cif->nargs);
    exit(EXIT_FAILURE);
  }
  for (unsigned i = cif->nargs; i > 0; i--) signature = (signature + code(cif->arg_types[i - 1])) * 5;
  switch (signature + code(cif->rtype)) {
    RESULTS(CALL_0, _)
    LISTS_1(CALL_1, _)
    LISTS_2(CALL_2, _)
    LISTS_3(CALL_3, _)
    LISTS_4(CALL_4, _)
  }
}
