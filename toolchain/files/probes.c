// What hsc2hs wants to know, for all files of a library: probes.inc names them, each has a function that prints it.
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#define PROBE(number, file) int probe_##number(void);
#include "probes.inc"
#undef PROBE

int main(void) {
#define PROBE(number, file) \
  puts("\1" file); \
  probe_##number();
#include "probes.inc"
  return 0;
}

// what hsc2hs' template calls
int hsc_printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vprintf(format, arguments);
  va_end(arguments);
  return length;
}
int hsc_toupper(int character) { return toupper(character); }
int hsc_tolower(int character) { return tolower(character); }
int hsc_putchar(int character) { return putchar(character); }
int hsc_fputs(const char *text, void *stream) { return fputs(text, stream); }
void *hsc_stdout(void) { return stdout; }
