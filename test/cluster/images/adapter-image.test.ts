import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { pullScript, pushScript } from "../../../src/core/expand/scripts.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { digestOf, type Registry, startRegistry } from "./registry.ts";
import { imageTools } from "./tools.ts";

const BUILD_TIMEOUT_MS = 600_000;
const PASSWORD = "secret";
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/** The scripts of the pods with the real programs of their images, against a registry. */
describe("an adapter image", () => {
  let tools = "";
  let registry: Registry;
  let directory = "";
  const at = (...path: readonly string[]): string => join(directory, ...path);

  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const found = await imageTools();
    if ("path" in found) tools = found.path;
    else if (process.env["CI"] === "true") throw new Error(found.reason);
    else this.skip();
    registry = await startRegistry(PASSWORD);
  });
  after(async () => await registry?.stop());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "foresail-image-"));
    for (const part of ["tmp", "target", "auth", "results", "home/.docker", "home/.config/containers"]) {
      mkdirSync(at(part), { recursive: true });
    }
    const insecure = `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`;
    writeFileSync(at("home/.config/containers/registries.conf"), insecure);
    writeFileSync(at("home/.config/containers/policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
    cpSync(
      join(packageRoot(), "test/core/expand/scripts/adapter_config.peft-0.11.1.json"),
      at("results/adapter_config.json"),
    );
    writeFileSync(at("results/adapter_model.safetensors"), randomBytes(300_000));
    writeFileSync(at("results/fine_tuning_completed.txt"), "");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function run(script: string, env: { readonly [name: string]: string }): Promise<Ended> {
    const child = spawn("sh", ["-c", script], {
      cwd: directory,
      env: { PATH: `${tools}:${process.env["PATH"]}`, HOME: at("home"), TMPDIR: at("tmp"), ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const stderr: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, stderr: Buffer.concat(stderr).toString() }));
    });
  }
  const reference = (name: string): string => `${registry.host}/${name}`;
  const push = (name: string): Promise<Ended> =>
    run(pushScript, { IMAGE: reference(name), PRESET: "phi-4", RESULTS: at("results") });
  const pull = (name: string): Promise<Ended> =>
    run(pullScript, { IMAGE: reference(name), AUTH_DIRECTORY: at("auth"), TARGET: at("target", "style") });

  function credentials(file: string, password: string): void {
    const auth = Buffer.from(`user:${password}`).toString("base64");
    writeFileSync(at(file), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  }

  function expectSameFiles(): void {
    const files = ["adapter_config.json", "adapter_model.safetensors"];
    expect(readdirSync(at("target", "style")).toSorted()).to.deep.equal(files);
    for (const file of files) {
      expect(readFileSync(at("target", "style", file)).equals(readFileSync(at("results", file))), file).to.equal(true);
    }
  }

  it("that tuning pushed is the one that serving pulls, byte for byte", async () => {
    const pushed = await push("adapters/style:1");
    expect(pushed.status, pushed.stderr).to.equal(0);
    const pulled = await pull("adapters/style:1");
    expect(pulled.status, pulled.stderr).to.equal(0);
    expectSameFiles();
  });

  it("is an OCI image with one layer below /data, whose digests hold", async () => {
    expect((await push("adapters/style:2")).status).to.equal(0);
    const { mediaType, body } = registry.manifests.get("adapters/style:2") ?? { mediaType: "", body: Buffer.of() };
    const manifest = JSON.parse(body.toString());
    expect(mediaType).to.equal("application/vnd.oci.image.manifest.v1+json");
    expect(manifest.annotations["sh.kaito.model.name"]).to.equal("phi-4");
    expect(manifest.config.mediaType).to.equal("application/vnd.oci.image.config.v1+json");
    expect(manifest.layers.map((layer: { mediaType: string }) => layer.mediaType)).to.deep.equal([OCI_LAYER]);
    const config = JSON.parse(String(registry.blobs.get(manifest.config.digest)));
    const layer = gunzipSync(registry.blobs.get(manifest.layers[0].digest) ?? Buffer.of());
    expect(config.rootfs).to.deep.equal({ type: "layers", diff_ids: [digestOf(layer)] });
  });

  it("in a private repository is pushed and pulled with the credentials that fit, and never without", async () => {
    credentials("home/.docker/config.json", PASSWORD);
    const pushed = await push("private/style:1");
    expect(pushed.status, pushed.stderr).to.equal(0);
    rmSync(at("home/.docker/config.json"));

    const refused = await pull("private/style:1");
    expect(refused.status).to.equal(1);
    expect(refused.stderr).to.include("check the reference and the pull secrets");
    expect(existsSync(at("target", "style"))).to.equal(false);

    credentials("auth/a.json", "wrong");
    credentials("auth/b.json", PASSWORD);
    const pulled = await pull("private/style:1");
    expect(pulled.status, pulled.stderr).to.equal(0);
    expectSameFiles();
  });

  /** An image as `docker build` pushes it: Docker's media types, a layer for each COPY. */
  function publish(name: string, layers: readonly { readonly [file: string]: Buffer }[]): void {
    const keep = (content: Buffer, mediaType: string): object => {
      registry.blobs.set(digestOf(content), content);
      return { mediaType, size: content.length, digest: digestOf(content) };
    };
    const tars = layers.map((files) => tarOf(files));
    const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: tars.map(digestOf) } };
    const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config: keep(Buffer.from(JSON.stringify(config)), "application/vnd.docker.container.image.v1+json"),
      layers: tars.map((tar) => keep(gzipSync(tar), DOCKER_LAYER)),
    };
    registry.manifests.set(name, { mediaType, body: Buffer.from(JSON.stringify(manifest)) });
  }

  it("that docker built is pulled layer by layer, the last one winning", async () => {
    const model = readFileSync(at("results/adapter_model.safetensors"));
    const config = readFileSync(at("results/adapter_config.json"));
    publish("docker/style:1", [
      { "data/adapter_config.json": Buffer.from("{}"), "etc/passwd": Buffer.from("x") },
      { "data/adapter_model.safetensors": model, "data/adapter_config.json": config },
    ]);
    const pulled = await pull("docker/style:1");
    expect(pulled.status, pulled.stderr).to.equal(0);
    expectSameFiles();
  });

  it("without /data is refused", async () => {
    publish("docker/other:1", [{ "weights/x": Buffer.from("x") }]);
    const pulled = await pull("docker/other:1");
    expect(pulled.status).to.equal(1);
    expect(pulled.stderr).to.include("holds no directory /data");
  });
});

/** A ustar archive of regular files. */
function tarOf(files: { readonly [file: string]: Buffer }): Buffer {
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
  const entries = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(content.length, 12) + octal(0, 12), 100);
    header.write("        0", 148);
    header.write("ustar\x0000", 257);
    header.write(
      `${octal(
        header.reduce((sum, byte) => sum + byte, 0),
        7,
      )} `,
      148,
    );
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}
