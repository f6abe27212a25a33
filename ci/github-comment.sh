#!/usr/bin/env bash
# The writing half of action.yml, the only one that has a token (GITHUB_TOKEN): puts COMMENT_PATH on the pull request, and the
# fixes of REPORT_PATH on its lines. A pull request of a fork has no such token; docs/ci.md has the pair of workflows for it.
set -euo pipefail
# shellcheck source=ci/foresail.sh
source "$(dirname "${BASH_SOURCE[0]}")/foresail.sh"

foresail comment --provider=github "--pr=$PULL_REQUEST" "--sha=$HEAD_SHA" "--suggestions=$REPORT_PATH" -- "$COMMENT_PATH"
