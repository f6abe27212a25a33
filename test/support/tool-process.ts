import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "mocha";
import { ensureTool, type ToolModule } from "../../src/local/build.ts";
import { findGo } from "../../src/local/go.ts";
import { streamReport } from "../../src/local/report.ts";
import { toolCache } from "../../src/local/tool-cache.ts";
import { packageRoot } from "../../src/package-root.ts";
import { type LineProcess, startLineProcess } from "../cluster/gitops/support/line-process.ts";

// A cold build compiles hundreds of packages; on a busy machine that takes minutes.
const BUILD_TIMEOUT_MS = 900_000;

export type Ask = LineProcess["ask"];

/** `describe` with a tool of test/tools running, which answers lines of JSON; without Go its tests are skipped, in CI they fail. */
export function describeWithTool(tool: ToolModule, title: string, body: (ask: Ask) => void): void {
  describe(title, () => {
    let running: LineProcess | undefined;
    before(async function () {
      this.timeout(BUILD_TIMEOUT_MS);
      const answer = await findGo();
      if (answer.kind === "no-go") {
        if (process.env["CI"] === "true") throw new Error(answer.reason);
        return this.skip();
      }
      const root = packageRoot();
      const place = { root, cache: toolCache(root), go: answer.go, report: streamReport() };
      running = startLineProcess(join(await ensureTool(tool, place), tool.name), [], tmpdir());
    });
    after(() => running?.stop());
    body(async (request) => {
      if (running === undefined) throw new Error("nothing runs yet: call it in tests");
      return await running.ask(request);
    });
  });
}
