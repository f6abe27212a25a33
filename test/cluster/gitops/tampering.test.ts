import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { inputsHash } from "../../../src/core/inputs.ts";
import { isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { foreignExpansion } from "../../../src/core/plan/guards.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { grantRole } from "../people/people.ts";
import { cluster, describeWith, kubectl, mustKubectl, namespace, read, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { leavesOf } from "./support/corpus.ts";
import { cleared, inGit, kubectlWith, live, patch, pathOf } from "./support/git.ts";

const EDITOR = "editor@example.com";
const EVIL = { spec: { hostPID: true, containers: [{ name: "model", image: "registry.example/evil:1" }] } };

const EDITOR_PROGRAM = `import { readFileSync, writeFileSync } from "node:fs";
const [wanted, file] = process.argv.slice(2);
const lines = readFileSync(file, "utf8").split("\\n").filter((line) => !line.startsWith("#"));
writeFileSync(file, JSON.stringify({ ...JSON.parse(lines.join("\\n")), expansion: JSON.parse(readFileSync(wanted, "utf8")) }));
`;

/** Another value of the same type, so that the definition's schema lets it through. */
function other(value: unknown): Json {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  return typeof value === "string" ? `${value}-tampered` : "tampered";
}

/** JSON Pointer of a path of leavesOf. */
function pointer(path: string): string {
  const keys = path.split(" › ").slice(1);
  return `/expansion/${keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;
}

function withLeaf(value: unknown, path: readonly string[]): Json {
  const [key, ...rest] = path;
  if (key === undefined) return other(value);
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? withLeaf(item, rest) : item));
  return { ...(value as JsonObject), [key]: withLeaf((value as JsonObject)[key], rest) };
}

describeWith(["controllerManager"], "GitOps: an expansion that somebody edits", () => {
  let foresail: Foresail | undefined;
  let place: string;
  before(async () => {
    foresail = await startForesail();
    place = await namespace("edited");
    await grantRole(place, EDITOR, "edit");
  });
  after(async () => {
    await cleared(place);
    await foresail?.stop();
  });
  const webhook = () => {
    if (foresail === undefined) throw new Error("not started");
    return foresail.webhook;
  };

  it("stays as it was in every field, patched", async () => {
    await kubectlWith("apply", inGit(place, "fields"));
    const { expansion } = await live(place, "fields");
    const leaves = leavesOf(expansion);
    expect(leaves.length).to.be.greaterThan(100);
    for (const [path, value] of leaves) {
      const body = [{ op: "replace", path: pointer(path), value: other(value) }];
      const contentType = "application/json-patch+json";
      const answer = await cluster().api.must({ method: "PATCH", path: pathOf(place, "fields"), body, contentType });
      expect(isObject(answer) ? answer["expansion"] : undefined, path).to.deep.equal(expansion);
    }
    const { metadata } = await live(place, "fields");
    expect(metadata.generation).to.equal(1);
  });

  it("stays as it was, patched, replaced, edited and applied by an editor of the namespace, all fields at once", async () => {
    const object = inGit(place, "verbs");
    await kubectlWith("apply", object);
    const before = await live(place, "verbs");
    const others = leavesOf(before.expansion).map(([path]) => path.split(" › ").slice(1));
    const evil = others.reduce<Json>((value, path) => withLeaf(value, path), before.expansion);
    const as = `--as=${EDITOR}`;
    const unmoved = async (how: string): Promise<void> => {
      const { expansion, metadata } = await live(place, "verbs");
      expect([expansion, metadata.generation], how).to.deep.equal([before.expansion, 1]);
    };
    const body = JSON.stringify({ expansion: evil });
    await mustKubectl(["patch", "workspace", "verbs", "-n", place, "--type=merge", "-p", body, as]);
    await unmoved("patched");
    await mustKubectl(["replace", as, "-f", "-"], JSON.stringify({ ...object, expansion: evil }));
    await unmoved("replaced");
    expect(await edited("verbs", evil)).to.include("edited");
    await unmoved("edited");
    await mustKubectl(["apply", as, "-f", "-"], JSON.stringify({ ...object, expansion: evil }));
    await unmoved("applied");
    const own = { apiVersion: object["apiVersion"], kind: "Workspace", metadata: object["metadata"], expansion: evil };
    const flags = ["--server-side", "--force-conflicts", "--field-manager=editor", as];
    await kubectl(["apply", ...flags, "-f", "-"], JSON.stringify(own));
    await unmoved("applied by the server");
    const created = await kubectl(
      ["create", as, "-f", "-"],
      JSON.stringify({ ...inGit(place, "made"), expansion: evil }),
    );
    expect(created.code, created.stderr).to.equal(0);
    expect(JSON.stringify((await live(place, "made")).expansion)).to.not.include("tampered");
  });

  /** `kubectl edit`, with an editor that puts this in the place of the expansion; gives what kubectl prints. */
  async function edited(name: string, expansion: Json): Promise<string> {
    const { kubectlPath, kubeconfig, context, workDir } = cluster();
    const [wanted, program] = [join(workDir, `${name}.json`), join(workDir, "editor.mjs")];
    writeFileSync(wanted, JSON.stringify(expansion));
    writeFileSync(program, EDITOR_PROGRAM);
    const args = ["edit", "workspace", name, "-n", place, "-o", "json", `--as=${EDITOR}`];
    const env = { ...scrubbedEnvironment(workDir), KUBE_EDITOR: `${process.execPath} ${program} ${wanted}` };
    const run = promisify(execFile);
    return (await run(kubectlPath, ["--kubeconfig", kubeconfig, "--context", context, ...args], { env })).stdout;
  }

  it("never reaches a pod while there is no webhook, whatever field or release it names", async () => {
    await kubectlWith("apply", inGit(place, "running"));
    const before = await live(place, "running");
    const template = await waitFor("its Deployment", () => templateOf(place, "running"));
    const evil = { ...before.expansion, podTemplate: EVIL } as JsonObject;
    await webhook().suspended(async () => {
      for (const [name, expansion] of Object.entries({
        "of-today": evil,
        "of-no-release": { ...evil, catalog: "9999.1.0" },
      })) {
        await patch(place, "running", { expansion: null });
        await patch(place, "running", { expansion });
        const fresh = {
          ...inGit(place, name),
          expansion: { ...expansion, inputsHash: hashOf(place, name) },
        } as JsonObject;
        await cluster().api.must({ method: "POST", path: pathOf(place, "").slice(0, -1), body: fresh });
        for (const told of ["running", name]) {
          const reason = await waitFor(`${told} to be refused`, async () => refusalOf(await live(place, told)));
          expect(reason, told).to.be.oneOf(["ExpansionNotOurs", "ReleaseNotCarried"]);
        }
        expect(await templateOf(place, "running"), name).to.deep.equal(template);
        expect(await templateOf(place, name), name).to.equal(undefined);
      }
    });
    // Whose release is carried is mended by any write that removes it, whatever else by an input.
    await patch(place, "of-today", { expansion: null });
    await patch(place, "running", { metadata: { annotations: { "foresail.dev/replicas": "0" } } });
    for (const name of ["of-today", "running"]) {
      expect(JSON.stringify((await live(place, name)).expansion), name).to.not.include("evil");
    }
  });

  it("is refused by the reconciler in every field", async () => {
    await kubectlWith("apply", inGit(place, "judged"));
    const { status: _, ...stored } = await live(place, "judged");
    const catalogue = loadCatalogue();
    expect(foreignExpansion(stored as unknown as Workspace, catalogue)).to.equal(undefined);
    for (const [path] of leavesOf(stored["expansion"])) {
      const expansion = withLeaf(stored["expansion"], path.split(" › ").slice(1));
      const edited = { ...stored, expansion } as unknown as Workspace;
      expect(foreignExpansion(edited, catalogue), path).to.not.equal(undefined);
    }
  });

  /** The hash admission would give: anybody can compute it. */
  function hashOf(space: string, name: string): string {
    const object = inGit(space, name);
    const resource = { count: 1, ...(object["resource"] as JsonObject) };
    const inference = { preset: { accessMode: "public", name: "phi-4" } };
    return inputsHash({ ...object, resource, inference } as unknown as Workspace);
  }
});

async function templateOf(space: string, name: string): Promise<Json | undefined> {
  const deployment = await read(`/apis/apps/v1/namespaces/${space}/deployments/${name}`);
  const spec = isObject(deployment) ? deployment["spec"] : undefined;
  return isObject(spec) ? spec["template"] : undefined;
}

function refusalOf(object: JsonObject): string | undefined {
  const status = isObject(object["status"]) ? object["status"] : {};
  const conditions = (status["conditions"] ?? []) as unknown as readonly { type: string; reason: string }[];
  const reason = conditions.find(({ type }) => type === "Ready")?.reason;
  return reason === "ExpansionNotOurs" || reason === "ReleaseNotCarried" ? reason : undefined;
}
