# Sourced by the commands in bin/, which name themselves in $self: sets $prefix to the folder of this toolchain. If it
# was moved since it last worked, relocate makes it work here. No process is started when it was not: clang comes this
# way for every file.
bin=${self%/*}
read -r prefix <"$bin/../place" && [ "$prefix/bin" -ef "$bin" ] ||
  { "$bin/relocate" && read -r prefix <"$bin/../place"; } || exit 127
