# shellcheck shell=bash
# Sourced: how the scripts beside this file run foresail. FORESAIL_VERSION is a version of the npm package, or `installed` for
# the program on PATH, such as the single file on a runner without a registry.
foresail() {
  if [[ "$FORESAIL_VERSION" == installed ]]; then command foresail "$@"; else npx --yes "foresail@$FORESAIL_VERSION" "$@"; fi
}

case "$FORESAIL_VERSION" in
  installed) ;;
  *[!0-9A-Za-z.-]* | "") printf 'version: expected one like 0.1.0, or installed\n' >&2 && exit 2 ;;
esac
