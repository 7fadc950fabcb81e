// Says the time in seconds since 1970, sleeps for as many seconds as its argument says, and says the time again.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  printf("%lld\n", (long long)time(NULL));
  sleep((unsigned)atoi(argv[1]));
  printf("%lld\n", (long long)time(NULL));
  return 0;
}
