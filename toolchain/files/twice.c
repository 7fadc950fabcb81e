/* C beside Haskell, for the install's proof. */
int twice(int n) { return 2 * n; }
