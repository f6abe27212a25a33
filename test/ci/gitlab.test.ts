import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { packageRoot, packageVersion } from "../../src/package-root.ts";
import { program } from "../cli/support/program.ts";

const root = packageRoot();

interface Job {
  readonly [key: string]: unknown;
  readonly script: readonly string[];
  readonly variables: { readonly [name: string]: string | number };
}
const template = parse(readFileSync(join(root, "ci/gitlab.yml"), "utf8"));
const { variables, ...jobs } = template as { readonly variables: { readonly [name: string]: string } } & {
  readonly [job: string]: Job;
};
const job = (name: string): Job => jobs[name] as Job;

// From GitLab's "CI/CD YAML syntax reference": keywords of jobs, of artifacts, of its reports, of rules and of needs.
const KEYWORDS: { readonly [place: string]: readonly string[] } = {
  job: "after_script allow_failure artifacts before_script cache coverage dast_configuration dependencies environment extends hooks id_tokens identity image inherit interruptible manual_confirmation needs pages parallel release resource_group retry rules run script secrets services stage tags timeout trigger variables when".split(
    " ",
  ),
  artifacts: "access exclude expire_in expose_as name paths public reports untracked when".split(" "),
  reports:
    "accessibility annotations api_fuzzing browser_performance codequality container_scanning coverage_fuzzing coverage_report cyclonedx dast dependency_scanning dotenv junit license_scanning load_performance metrics repository_xray requirements sast secret_detection terraform".split(
      " ",
    ),
  rules: "if changes exists allow_failure needs variables interruptible when".split(" "),
  needs: "artifacts job optional parallel pipeline project ref".split(" "),
};

function unknown(place: string, value: unknown): readonly string[] {
  return Object.keys(value as object).filter((key) => KEYWORDS[place]?.includes(key) !== true);
}

describe("the template for GitLab", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "foresail-gitlab-"));
    mkdirSync(join(folder, "bin"));
    const npx = join(folder, "bin/npx");
    writeFileSync(
      npx,
      `#!/bin/sh\necho "$1 $2" >> ${join(folder, "npx")}\nshift 2\nexec ${process.execPath} ${program} "$@"\n`,
    );
    chmodSync(npx, 0o755);
    cpSync(join(root, "examples"), join(folder, "upstream/examples"), { recursive: true });
    const git = (where: string, ...args: readonly string[]) =>
      execFileSync("git", args, { cwd: join(folder, where), stdio: "ignore" });
    git("upstream", "init", "-b", "main");
    git("upstream", "add", ".");
    git("upstream", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "a");
    git(".", "clone", "upstream", "work");
  });
  after(() => rmSync(folder, { recursive: true }));

  /** All lines of a job in one shell, as a runner does it. */
  function run(name: string, given: NodeJS.ProcessEnv = {}) {
    const own = Object.fromEntries(
      Object.entries({ ...variables, ...job(name).variables }).map(([key, value]) => [key, String(value)]),
    );
    return spawnSync("bash", ["-e", "-o", "pipefail", "-c", job(name).script.join("\n")], {
      cwd: join(folder, "work"),
      encoding: "utf8",
      env: {
        PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
        HOME: folder,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
        ...own,
        ...given,
      },
    });
  }

  it("has keywords that GitLab documents only", () => {
    expect(Object.keys(jobs)).to.deep.equal(["foresail", "foresail-comment"]);
    for (const one of Object.values(jobs)) {
      expect(unknown("job", one)).to.deep.equal([]);
      for (const rule of one["rules"] as readonly object[]) expect(unknown("rules", rule)).to.deep.equal([]);
    }
    const artifacts = job("foresail")["artifacts"] as { readonly reports: object };
    expect([...unknown("artifacts", artifacts), ...unknown("reports", artifacts.reports)]).to.deep.equal([]);
    const [needs] = job("foresail-comment")["needs"] as readonly object[];
    expect([unknown("needs", needs), needs]).to.deep.equal([[], { job: "foresail", artifacts: true }]);
    expect(variables["FORESAIL_VERSION"]).to.equal(packageVersion());
  });

  it("writes each file that it names as an artifact, and fails where checks do", function () {
    this.timeout(60_000);
    const { paths, reports } = job("foresail")["artifacts"] as {
      readonly paths: readonly string[];
      readonly reports: { readonly [kind: string]: string };
    };
    const { status, stdout } = run("foresail");
    expect(status).to.equal(0);
    expect(stdout).to.match(/4 workspaces, 1 template of preset pods, 0 errors/);
    const text = (file: string | undefined) => readFileSync(join(folder, "work", file ?? ""), "utf8");
    expect(text(paths[0])).to.match(/^<!-- foresail:diff:default -->/);
    expect(JSON.parse(text(reports["codequality"])).length).to.be.greaterThan(10);
    expect(text(reports["junit"])).to.match(/^<\?xml/);
    expect(new Set(readFileSync(join(folder, "npx"), "utf8").trim().split("\n"))).to.deep.equal(
      new Set([`--yes foresail@${packageVersion()}`]),
    );
    expect(run("foresail", { FORESAIL_FAIL_ON: "warning" }).status).to.equal(1);
    expect(run("foresail", { FORESAIL_PATH: "$(touch trap)" }).status).to.equal(2);
  });

  it("comments in a job that has no file of the merge request, with a token only", function () {
    this.timeout(60_000);
    const { status, stderr } = run("foresail-comment", {
      CI_PROJECT_ID: "1",
      CI_API_V4_URL: "https://127.0.0.1:1",
      CI_MERGE_REQUEST_IID: "7",
    });
    expect(status).to.equal(2);
    expect(stderr).to.include("GITLAB_TOKEN");
    expect(job("foresail-comment").variables).to.deep.equal({ GIT_STRATEGY: "none" });
  });
});
