/** A file that `foresail init` writes, by its path below the directory. */
export type Files = readonly (readonly [path: string, text: string])[];

/** The pair that reports on pull requests of forks: the first reads files and has no right to write, the second writes and runs nothing of the fork. */
export function githubFiles(version: string): Files {
  return [
    [
      ".github/workflows/foresail.yaml",
      `# What a pull request changes on the cluster, and what admission and policy hold against it. Reads files only.
name: foresail
on: pull_request
permissions:
  contents: read
jobs:
  foresail:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          # The former state is read from git.
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - name: Say what changes
        env:
          NUMBER: \${{ github.event.pull_request.number }}
        run: |
          mkdir -p foresail-report
          echo "$NUMBER" > foresail-report/number
          npx --yes foresail@${version} diff --base "origin/$GITHUB_BASE_REF" -o text -o markdown=foresail-report/report.md
      - name: Check
        run: npx --yes foresail@${version} check -o github
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: foresail-report
          path: foresail-report
`,
    ],
    [
      ".github/workflows/foresail-comment.yaml",
      `# Puts the report of the workflow "foresail" on its pull request. Runs in this repository, with the files of its default
# branch: nothing of a fork is executed, and its report is text.
name: foresail comment
on:
  workflow_run:
    workflows: [foresail]
    types: [completed]
permissions:
  actions: read
  pull-requests: write
jobs:
  comment:
    if: github.event.workflow_run.event == 'pull_request'
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: foresail-report
          # Beside the directory where npx runs: it would take a node_modules of the fork's artifact.
          path: \${{ runner.temp }}/report
          run-id: \${{ github.event.workflow_run.id }}
          github-token: \${{ github.token }}
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - name: Comment
        env:
          GITHUB_TOKEN: \${{ github.token }}
          # A number that a fork made up is refused: its head is another commit.
          HEAD_SHA: \${{ github.event.workflow_run.head_sha }}
        run: |
          number=$(grep -Ex '[0-9]{1,10}' "$RUNNER_TEMP/report/number")
          npx --yes foresail@${version} comment --pr "$number" --sha "$HEAD_SHA" --key default "$RUNNER_TEMP/report/report.md"
`,
    ],
  ];
}

/** The text of ci/gitlab.yml, which a repository may include instead. */
export function gitlabFiles(version: string): Files {
  return [
    [
      ".gitlab/foresail.gitlab-ci.yml",
      `# In .gitlab-ci.yml: include: [{local: .gitlab/foresail.gitlab-ci.yml}]
# A template for merge requests: include it by remote, or copy it. It reads files only; the comment is a job of its own, which is
# there where the variable GITLAB_TOKEN is: a masked project access token with the scope api. docs/ci.md tells more.
variables:
  FORESAIL_VERSION: "${version}"
  FORESAIL_PATH: .
  FORESAIL_FAIL_ON: error

foresail:
  image: node:24
  stage: test
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    # The former state is read from git.
    GIT_DEPTH: 0
  script:
    - git fetch origin "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
    - npx --yes "foresail@$FORESAIL_VERSION" diff --base FETCH_HEAD -o text -o markdown=foresail.md -- "$FORESAIL_PATH"
    - npx --yes "foresail@$FORESAIL_VERSION" check --fail-on="$FORESAIL_FAIL_ON" -o text -o gitlab=foresail-quality.json -o junit=foresail-junit.xml -- "$FORESAIL_PATH"
  artifacts:
    when: always
    paths: [foresail.md]
    reports:
      codequality: foresail-quality.json
      junit: foresail-junit.xml

foresail-comment:
  image: node:24
  stage: .post
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $GITLAB_TOKEN
      when: always
  variables:
    # No file of the merge request lies where npx runs.
    GIT_STRATEGY: none
  needs: [{ job: foresail, artifacts: true }]
  script:
    - npx --yes "foresail@$FORESAIL_VERSION" comment --provider gitlab foresail.md
`,
    ],
  ];
}

export function hookFiles(version: string): Files {
  return [
    [
      ".pre-commit-config.yaml",
      `repos:
  - repo: local
    hooks:
      - id: foresail-check
        name: foresail check
        language: node
        additional_dependencies: ["foresail@${version}"]
        entry: foresail check
        files: \\.(ya?ml|json)$
`,
    ],
  ];
}
