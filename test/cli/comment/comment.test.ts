import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { foresailHere } from "../support/here.ts";
import type { Ended } from "../support/program.ts";
import { LoopbackForge, TOKEN } from "./loopback-forge.ts";

const MARKER = "<!-- foresail:diff:default -->";
const SOMEBODY = { login: "mallory", type: "User" };

describe("foresail comment", () => {
  let forge: LoopbackForge;
  let folder = "";
  beforeEach(async () => {
    forge = new LoopbackForge();
    await forge.start();
    folder = mkdtempSync(join(tmpdir(), "foresail-comment-"));
  });
  afterEach(async () => {
    await forge.stop();
    rmSync(folder, { recursive: true });
  });

  const github = (): NodeJS.ProcessEnv => ({
    GITHUB_REPOSITORY: "acme/models",
    GITHUB_API_URL: forge.address,
    GITHUB_REF: "refs/pull/7/merge",
    GITHUB_TOKEN: TOKEN,
  });
  const gitlab = (): NodeJS.ProcessEnv => ({
    CI_PROJECT_ID: "12",
    CI_API_V4_URL: `${forge.address}/api/v4`,
    CI_MERGE_REQUEST_IID: "7",
    GITLAB_TOKEN: TOKEN,
  });

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  async function comment(text: string, args: readonly string[] = [], env = github()): Promise<Ended> {
    const ended = await foresailHere(["comment", file("report.md", text), ...args], { env });
    expect(ended.stdout + ended.stderr).not.to.include(TOKEN);
    return ended;
  }

  for (const [name, env] of [
    ["GitHub", github],
    ["GitLab", gitlab],
  ] as const) {
    describe(`on ${name}`, () => {
      it("creates a comment, updates it in place and leaves it when nothing is new", async () => {
        expect((await comment(`${MARKER}\none\n`, [], env())).stdout).to.equal("comment created\n");
        expect((await comment(`${MARKER}\ntwo\n`, [], env())).stdout).to.equal("comment updated\n");
        expect((await comment(`${MARKER}\ntwo\n`, [], env())).stdout).to.equal("comment unchanged\n");
        expect(forge.comments.map(({ body }) => body)).to.deep.equal([`${MARKER}\ntwo`]);
      });

      it("finds its own comment behind many others, and never takes one that somebody copied", async () => {
        forge.add(`${MARKER}\ncopied`, SOMEBODY, 2);
        const own = forge.add(`${MARKER}\nold`);
        for (let i = 0; i < 250; i++) forge.add(`talk ${i}`, SOMEBODY, 2);
        forge.add(`quoted\n${MARKER}`);
        const later = forge.add(`${MARKER}\ncopied later`, SOMEBODY, 2);
        expect((await comment(`${MARKER}\nnew`, [], env())).stdout).to.equal("comment updated\n");
        expect([own.body, later.body]).to.deep.equal([`${MARKER}\nnew`, `${MARKER}\ncopied later`]);
        expect(forge.comments[0]?.body).to.equal(`${MARKER}\ncopied`);
      });

      it("keeps keys apart, makes another with new, and with delete-and-new takes the old one away", async () => {
        await comment(`${MARKER}\none`, [], env());
        await comment("<!-- foresail:diff:prod -->\ntwo", ["--key", "prod"], env());
        await comment(`${MARKER}\nthree`, ["--behavior", "new"], env());
        expect(forge.comments).to.have.length(3);
        await comment(`${MARKER}\nfour`, ["--behavior", "delete-and-new"], env());
        expect(forge.comments.map(({ body }) => body.split("\n")[1])).to.deep.equal(["two", "four"]);
      });

      it("waits as it is asked, and repeats", async () => {
        forge.faults.push(
          {
            path: /^GET .*(comments|notes)\?/,
            status: 403,
            headers: { "retry-after": "0" },
            body: { message: "secondary rate limit" },
          },
          { path: /^GET .*(comments|notes)\?/, status: 502 },
          { path: /^POST .*(comments|notes)$/, status: 429, headers: { "retry-after": "1" } },
        );
        expect((await comment(`${MARKER}\none`, [], env())).code).to.equal(0);
        expect(forge.comments).to.have.length(1);
      });

      it("gives up where it would wait for long, and never doubles a comment whose answer was lost", async () => {
        forge.faults.push({ path: /^GET .*(comments|notes)\?/, status: 429, headers: { "retry-after": "3600" } });
        const late = await comment(`${MARKER}\none`, [], env());
        expect([late.code, late.stderr]).to.satisfy(
          ([code, text]: [number, string]) => code === 2 && text.includes("asks to wait 3600 s"),
        );
        forge.faults.push({ path: /^POST .*(comments|notes)$/, status: 0, lost: true });
        const lost = await comment(`${MARKER}\none`, [], env());
        expect(lost.code).to.equal(2);
        expect(forge.comments).to.have.length(1);
      });

      it("makes a new one where the old one went away meanwhile, and posts only for the commit that is meant", async () => {
        forge.add(`${MARKER}\nold`);
        forge.faults.push({ path: /^(PATCH|PUT) /, status: 404, body: { message: "Not Found" } });
        expect((await comment(`${MARKER}\nnew`, ["--sha", forge.head], env())).stdout).to.equal("comment created\n");
        const other = await comment(`${MARKER}\nother`, ["--sha", "b".repeat(40)], env());
        expect([other.code, other.stderr.startsWith("7 has another head than --sha")]).to.deep.equal([2, true]);
        expect(forge.comments.map(({ body }) => body)).not.to.include(`${MARKER}\nother`);
      });

      it("says what the token lacks", async () => {
        const { code, stderr } = await comment(`${MARKER}\none`, [], {
          ...env(),
          GITHUB_TOKEN: "wrong",
          GITLAB_TOKEN: "wrong",
        });
        expect(code).to.equal(2);
        expect(stderr).to.include("401");
      });
    });
  }

  it("hides the former ones on GitHub", async () => {
    const old = forge.add(`${MARKER}\nold`);
    const theirs = forge.add(`${MARKER}\ncopied`, SOMEBODY);
    await comment(`${MARKER}\nnew`, ["--behavior", "hide-and-new"]);
    expect([old.hidden, theirs.hidden, forge.comments.length]).to.deep.equal([true, undefined, 3]);
    const { code, stderr } = await comment(`${MARKER}\nnew`, ["--behavior", "hide-and-new"], gitlab());
    expect([code, stderr]).to.deep.equal([
      2,
      "GitLab cannot hide a comment: use --behavior update or delete-and-new\n",
    ]);
  });

  it("takes no person's comment for its own where GitHub does not say who the token is", async () => {
    forge.viewer = undefined;
    forge.add(`${MARKER}\ncopied`, SOMEBODY);
    expect((await comment(`${MARKER}\none`)).stdout).to.equal("comment created\n");
    expect((await comment(`${MARKER}\ntwo`)).stdout).to.equal("comment updated\n");
    expect(forge.comments.map(({ body }) => body)).to.deep.equal([`${MARKER}\ncopied`, `${MARKER}\ntwo`]);
  });

  it("posts nothing of a fork that is more than a comment", async () => {
    const hostile = [
      MARKER,
      "/merge",
      "> /close",
      "cc @acme/admins and mail@example.com and (@you) &#64;you &#X0040;you &commat;you",
      "<!-- foresail:report:default -->",
      "a\u0000b\u001b[31m",
      "x\r/approve\u2028/lock",
    ];
    await comment(hostile.join("\n"), [], gitlab());
    const lines = (forge.comments[0]?.body ?? "").split("\n");
    expect(lines[0]).to.equal(MARKER);
    expect(lines.filter((line) => /^[\s>*+-]*\//.test(line))).to.deep.equal([]);
    expect(lines.join("\n")).to.not.match(/(^|[^\w])@\w|&(#0*64|#x0*40|commat);?\w/i);
    expect(lines.join("")).to.not.match(/[\p{Cc}\p{Zl}]/u);
    expect(lines.slice(1).join("\n")).to.not.include("<!--");
    expect(lines.join("\n")).to.include("mail@example.com");
  });

  it("refuses what it cannot post, before it asks for a token", async () => {
    const wrong: readonly (readonly [string, readonly string[], NodeJS.ProcessEnv, string])[] = [
      ["hello", [], {}, "does not begin with a marker"],
      [`\n${MARKER}`, [], {}, "does not begin with a marker"],
      [`${MARKER}\nx`, ["--key", "prod"], {}, "the report has the key default, and --key is prod"],
      [`${MARKER}\n${"x".repeat(70_000)}`, [], {}, "a comment takes 65536"],
      [`${MARKER}\nx`, [], { GITHUB_REF: "refs/heads/main" }, "which pull request? say --pr N"],
      [`${MARKER}\nx`, [], { GITHUB_API_URL: "http://github.example" }, "GITHUB_API_URL must be an address"],
      [`${MARKER}\nx`, [], { GITHUB_REPOSITORY: "a/b/c" }, "GITHUB_REPOSITORY must be OWNER/NAME"],
      [`${MARKER}\nx`, [], { GITHUB_TOKEN: "" }, "GITHUB_TOKEN is not set"],
      [`${MARKER}\nx`, [], { GITHUB_REPOSITORY: "" }, "neither GITHUB_REPOSITORY nor CI_PROJECT_ID is set"],
    ];
    for (const [text, args, env, message] of wrong) {
      const { code, stdout, stderr } = await comment(text, args, { ...github(), ...env });
      expect([code, stdout], message).to.deep.equal([2, ""]);
      expect(stderr).to.include(message);
    }
    expect(forge.requests).to.deep.equal([]);
  });

  it("prints in a dry run what it would post, without token and network", async () => {
    const { code, stdout } = await comment(`${MARKER}\n/merge`, ["--dry-run"], { ...github(), GITHUB_TOKEN: "" });
    expect([code, stdout]).to.deep.equal([0, `${MARKER}\n\u2060/merge\n`]);
    expect(forge.requests).to.deep.equal([]);
  });

  describe("--suggestions", () => {
    const finding = (more: object = {}, edit: object = {}): object => ({
      code: "preset/unknown",
      message: "no such preset",
      fingerprint: "f1",
      fix: {
        describes: "use phi-4",
        edits: [{ file: "deploy/phi.yaml", line: 3, endLine: 3, text: "    name: phi-4", ...edit }],
      },
      ...more,
    });
    const report = (...findings: readonly object[]): string =>
      file("report.json", JSON.stringify({ schemaVersion: 1, findings }));
    beforeEach(() => {
      forge.files.push({
        filename: "deploy/phi.yaml",
        patch: "@@ -1,2 +1,4 @@\n a\n+b\n+c\n d\n@@ -20 +22,3 @@ x\n+e\n f\n+g",
      });
      forge.files.push({ filename: "image.png" });
    });

    it("puts each on its lines, once", async () => {
      const path = report(
        finding(),
        finding({ fingerprint: "f2" }, { line: 22, endLine: 24, text: "one\n```\ntwo" }),
        finding({ fingerprint: "f3" }, { line: 4, endLine: 5 }),
        finding({ fingerprint: "f4" }, { file: "deploy/other.yaml" }),
        finding({ fingerprint: "f5", waiver: { by: "config", reason: "known" } }),
        finding({ fingerprint: "f6" }, { file: "../deploy/phi.yaml" }),
        finding({ fingerprint: "f7" }, { line: 0 }),
        finding({ fingerprint: "f8", message: "`@acme/admins`\n/merge" }, { line: 1, endLine: 1, text: "" }),
      );
      const first = await comment(`${MARKER}\nx`, ["--suggestions", path]);
      expect(first.stdout).to.equal(
        "comment created\nsuggestions: 3 posted, 0 there already, 2 outside the diff, 0 left for the next run\n",
      );
      const made = forge.reviewComments.map(({ path: at, line, start_line, body }) => ({
        at,
        line,
        start_line,
        body: body.split("\n").slice(1).join("\n"),
      }));
      expect(made).to.deep.equal([
        {
          at: "deploy/phi.yaml",
          line: 3,
          start_line: undefined,
          body: "<code>preset/unknown</code>: <code>no such preset</code> (fix: <code>use phi-4</code>)\n\n```suggestion\n    name: phi-4\n```",
        },
        {
          at: "deploy/phi.yaml",
          line: 24,
          start_line: 22,
          body: "<code>preset/unknown</code>: <code>no such preset</code> (fix: <code>use phi-4</code>)\n\n````suggestion\none\n```\ntwo\n````",
        },
        {
          at: "deploy/phi.yaml",
          line: 1,
          start_line: undefined,
          body: "<code>preset/unknown</code>: <code>\\`&#64;acme/admins\\`\\\\n/merge</code> (fix: <code>use phi-4</code>)\n\n```suggestion\n```",
        },
      ]);
      const second = await comment(`${MARKER}\nx`, ["--suggestions", path]);
      expect(second.stdout).to.include("suggestions: 0 posted, 3 there already");
      expect(forge.reviewComments).to.have.length(3);
    });

    it("posts the others where GitHub refuses one", async () => {
      forge.unresolvable = [2];
      const path = report(finding(), finding({ fingerprint: "f2" }, { line: 2, endLine: 2 }));
      const { code, stdout } = await comment(`${MARKER}\nx`, ["--suggestions", path]);
      expect([code, stdout.includes("suggestions: 1 posted")]).to.deep.equal([0, true]);
      expect(forge.reviewComments.map(({ line }) => line)).to.deep.equal([3]);
    });

    it("posts a bounded number at once", async () => {
      const many = Array.from({ length: 120 }, (_, i) => finding({ fingerprint: `f${i}` }, { text: `${i}` }));
      const { stdout } = await comment(`${MARKER}\nx`, ["--suggestions", report(...many)]);
      expect(stdout).to.include(
        "suggestions: 50 posted, 0 there already, 0 outside the diff, 70 left for the next run",
      );
    });

    it("refuses a file that is no report", async () => {
      for (const text of ["{", "[]", '{"schemaVersion":2,"findings":[]}', '{"schemaVersion":1}']) {
        const { code } = await comment(`${MARKER}\nx`, ["--suggestions", file("wrong.json", text)]);
        expect(code, text).to.equal(2);
      }
      expect(forge.requests).to.deep.equal([]);
    });
  });
});
