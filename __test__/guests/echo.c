// Writes what it reads, and then the number of bytes to stderr.
#include <stdio.h>
#include <unistd.h>

int main(void) {
  static char bytes[65536];
  long total = 0;
  for (ssize_t count; (count = read(0, bytes, sizeof bytes)) > 0; total += count) {
    for (ssize_t done = 0; done < count;) done += write(1, bytes + done, (size_t)(count - done));
  }
  fprintf(stderr, "%ld\n", total);
  return 0;
}
