// Polls stdin for as many milliseconds as its argument says, until stdin ends, and says what came first each time.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char bytes[100];
  setvbuf(stdout, NULL, _IONBF, 0);
  for (;;) {
    struct pollfd in = {.fd = 0, .events = POLLIN};
    if (poll(&in, 1, atoi(argv[1])) == 0) {
      puts("time");
      continue;
    }
    ssize_t count = read(0, bytes, sizeof bytes);
    if (count <= 0) return (int)count;
    printf("%zd bytes\n", count);
  }
}
