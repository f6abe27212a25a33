import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { serviceAccountKubeconfig } from "../../../src/local/service-account.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { certificatesIn } from "../../../webhook/certificate-set.ts";
import { cluster, kubectl, waitFor } from "../support/cluster.ts";
import { installFoundation, manifest } from "../support/install.ts";
import { scrape } from "../support/reconciler.ts";
import { readyz } from "../support/webhook.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("the webhook as a process", () => {
  let kubeconfig: string;
  before(async () => {
    await installFoundation();
    const path = join(cluster().workDir, "webhook-process.kubeconfig");
    const account = { namespace: "foresail-system", name: "foresail-webhook", path };
    kubeconfig = await serviceAccountKubeconfig(cluster(), account);
  });

  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill("SIGKILL");
  });

  it("ends with 0 on SIGTERM, not ready first and with its answers out", async () => {
    const { child, port } = await start("--drain-seconds=1");
    await waitFor("it to be ready", async () => (await readyz(port)) === 200);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await waitFor("it to say that it stops", async () => (await readyz(port)) === 503);
    expect(await ended).to.deep.equal([0, null]);
  });

  it("ends at once on a second signal", async () => {
    const { child, port } = await start("--drain-seconds=600");
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await waitFor("it to say that it stops", async () => (await readyz(port)) === 503);
    child.kill("SIGTERM");
    expect(await ended).to.deep.equal([null, "SIGTERM"]);
  });

  it("needs nothing but memory for its certificates when told so", async () => {
    const { child, port, lines } = await start("--certificates=memory", "--drain-seconds=0");
    await waitFor("it to be ready", async () => (await readyz(port)) === 200);
    expect(lines.join("\n"), "a hint to what is missing").to.include("apply manifests/webhook");
    expect(certificatesIn(lines.join("\n")), "no certificates in the log").to.deep.equal([]);
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect(await ended).to.deep.equal([0, null]);
  });

  it("can be measured on a port of its own", async () => {
    const { child, port, lines } = await start("--certificates=memory", "--drain-seconds=0");
    await waitFor("it to be ready", async () => (await readyz(port)) === 200);
    const listening = JSON.parse(lines.find((line) => line.includes('"listening"')) ?? "{}");
    const metrics = await scrape(listening.metrics);
    expect(metrics.get(`foresail_catalogue_info{release="${listening.catalogue}"}`)).to.equal(1);
    const end = metrics.get('foresail_certificate_expiry_timestamp_seconds{certificate="serving"}') ?? 0;
    expect(end * 1000 - Date.now()).to.be.within(89 * DAY_MS, 91 * DAY_MS);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  it("is allowed by the API server as a pod that ships", async () => {
    for (const path of ["webhook/deployment.yaml", "reconciler/deployment.yaml"]) {
      const [deployment] = manifest(path).map((object) => JSON.parse(JSON.stringify(object)));
      const { metadata, spec } = deployment.spec.template;
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...metadata, name: "shipped", namespace: "foresail-system" },
        spec,
      };
      // The namespace enforces the restricted Pod Security Standard.
      const { code, stderr } = await kubectl(["create", "--dry-run=server", "-f", "-"], JSON.stringify(pod));
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    }
  });

  interface Started {
    readonly child: ChildProcess;
    readonly port: number;
    readonly lines: readonly string[];
  }

  async function start(...args: readonly string[]): Promise<Started> {
    const program = join(packageRoot(), "bin/foresail.js");
    const all = [
      "webhook",
      `--kubeconfig=${kubeconfig}`,
      "--address=127.0.0.1",
      "--port=0",
      "--metrics-port=0",
      ...args,
    ];
    const child = spawn(process.execPath, [program, ...all], {
      env: scrubbedEnvironment(cluster().workDir),
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    const listening = await waitFor("it to listen", () => lines.find((line) => line.includes('"listening"')));
    return { child, port: JSON.parse(listening).port, lines };
  }
});
