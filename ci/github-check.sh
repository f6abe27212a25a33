#!/usr/bin/env bash
# The checking half of action.yml. Needs no token and writes to no forge. Everything it takes comes by environment: FORESAIL_PATH
# and FORESAIL_POLICIES (one a line), FORESAIL_BASE, FORESAIL_FAIL_ON, FORESAIL_BUDGET, FORESAIL_VERSION.
# Ends with 0 whatever is found, so that reports are uploaded; `exit-code` is what the last step ends with.
set -euo pipefail
# shellcheck source=ci/foresail.sh
source "$(dirname "${BASH_SOURCE[0]}")/foresail.sh"

reports=$(mktemp -d "${RUNNER_TEMP:-/tmp}/foresail.XXXXXX")
output() { printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"; }
# The value at a dotted path of a JSON file.
member() { node -e 'const [file, ...path] = process.argv.slice(1); console.log(path.reduce((at, key) => at[key], JSON.parse(require("fs").readFileSync(file, "utf8"))))' "$@"; }

mapfile -t paths < <(grep -v '^[[:space:]]*$' <<< "$FORESAIL_PATH" || true)
[[ ${#paths[@]} -gt 0 ]] || paths=(.)
options=("--fail-on=$FORESAIL_FAIL_ON")
[[ -z "$FORESAIL_BUDGET" ]] || options+=("--budget=$FORESAIL_BUDGET")
while IFS= read -r policy; do
  [[ -z "$policy" ]] || options+=("--policy=$policy")
done <<< "$FORESAIL_POLICIES"

code=0
foresail check "${options[@]}" -o github -o "json=$reports/report.json" -o "sarif=$reports/foresail.sarif" \
  -o "markdown=$reports/check.md" -o "summary=$reports/summary.md" -- "${paths[@]}" || code=$?
output exit-code "$code"
if [[ ! -f "$reports/report.json" ]]; then exit 0; fi
comment=$reports/check.md
cat "$reports/summary.md" >> "$GITHUB_STEP_SUMMARY"
output errors "$(member "$reports/report.json" summary errors)"
output warnings "$(member "$reports/report.json" summary warnings)"
output findings "$(member "$reports/report.json" findings length)"
output report-path "$reports/report.json"
output sarif-path "$reports/foresail.sarif"

base=$FORESAIL_BASE
[[ -n "$base" || -z "${GITHUB_BASE_REF:-}" ]] || base=origin/$GITHUB_BASE_REF
if [[ -n "$base" ]]; then
  # Its words could be commands for the runner's log: they go into files only.
  if foresail diff "--base=$base" -o "json=$reports/diff.json" -o "markdown=$reports/diff.md" -- "${paths[@]}" 2> "$reports/diff.log"; then
    comment=$reports/diff.md
    cat "$comment" >> "$GITHUB_STEP_SUMMARY"
    before=$(member "$reports/diff.json" summary before monthlyUsd)
    after=$(member "$reports/diff.json" summary after monthlyUsd)
    output cost-delta "$(node -p '(process.argv[2] - process.argv[1]).toFixed(2)' "$before" "$after")"
  else
    printf '::error title=foresail diff::The state to compare with cannot be read: check out with fetch-depth: 0. %s\n' \
      "$(head -c 500 "$reports/diff.log" | tr -c '[:print:]' ' ' | tr -d '%')"
    [[ "$code" -gt 1 ]] || output exit-code 2
  fi
fi
output comment-path "$comment"
output reports-path "$reports"
