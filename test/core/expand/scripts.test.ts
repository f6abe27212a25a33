import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { downloadScript, pullScript, pushScript } from "../../../src/core/expand/scripts.ts";

/** Shells of the images the scripts run in, as far as this machine has them: dash and BusyBox (Alpine), bash (Azure Linux). */
const shells = ([["dash"], ["busybox", "sh"], ["bash", "--norc"]] as const).filter(
  ([program, ...args]) => spawnSync(program, [...args, "-c", "exit 0"]).status === 0,
);

interface Result {
  readonly status: number | null;
  readonly stderr: string;
}

for (const [program, ...shellArgs] of shells) {
  describe(`scripts of init containers in ${[program, ...shellArgs].join(" ")}`, () => {
    let directory = "";
    const at = (...path: readonly string[]): string => join(directory, ...path);
    const calls = (): string => (existsSync(at("calls")) ? readFileSync(at("calls"), "utf8") : "");

    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), "foresail-scripts-"));
      for (const part of ["bin", "tmp", "target", "auth", "results", "image"]) mkdirSync(at(part));
      // Waiting is counted, not done.
      stub("sleep", "");
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    /** A program on PATH that notes how it was called and then runs `body`. */
    function stub(name: string, body: string): void {
      writeFileSync(at("bin", name), `#!/bin/sh\necho "${name} $*" >> "$CALLS"\n${body}\n`);
      chmodSync(at("bin", name), 0o755);
    }

    function run(script: string, args: readonly string[], env: { readonly [name: string]: string }): Result {
      const result = spawnSync(program, [...shellArgs, "-c", script, ...args], {
        cwd: directory,
        env: { PATH: `${at("bin")}:${process.env["PATH"]}`, TMPDIR: at("tmp"), CALLS: at("calls"), ...env },
        encoding: "utf8",
      });
      return { status: result.status, stderr: result.stderr };
    }

    /** An image as `skopeo copy … dir:` leaves it: blobs by digest, and the manifest that lists config and layers. */
    function image(...layers: readonly { readonly [file: string]: string }[]): void {
      const digest = (content: string | Buffer): string => {
        const hex = createHash("sha256").update(content).digest("hex");
        writeFileSync(at("image", hex), content);
        return `sha256:${hex}`;
      };
      const config = { digest: digest(JSON.stringify({ rootfs: { type: "layers" } })) };
      const blobs = layers.map((files, i) => {
        for (const [file, content] of Object.entries(files)) {
          mkdirSync(join(at("tmp", `layer${i}`), file, ".."), { recursive: true });
          if (content.startsWith("→ ")) symlinkSync(content.slice(2), join(at("tmp", `layer${i}`), file));
          else writeFileSync(join(at("tmp", `layer${i}`), file), content);
        }
        expect(spawnSync("tar", ["-cf", at("tmp", "layer.tar"), "-C", at("tmp", `layer${i}`), "."]).status).to.equal(0);
        return { digest: digest(readFileSync(at("tmp", "layer.tar"))) };
      });
      manifest(blobs, config);
    }

    interface Blob {
      readonly digest: string;
    }
    /** The manifest, and what `skopeo inspect` tells of it: the digests of the layers without their algorithm. */
    function manifest(layers: readonly Blob[], config?: Blob): void {
      writeFileSync(at("image", "manifest.json"), JSON.stringify({ schemaVersion: 2, config, layers }, null, 3));
      writeFileSync(at("layers"), `${layers.map(({ digest }) => digest.slice("sha256:".length)).join(" ")} `);
    }

    /** skopeo that gives the image to whoever has the credentials of `wanted` (`none`: to anybody). */
    function skopeo(wanted: string): void {
      const given = `given=none; for a in "$@"; do case "$a" in *.json) given=$(basename "$a");; dir:*) out=\${a#dir:};; esac; done`;
      const inspect = `if [ "$1" = inspect ]; then cat ${at("layers")}; exit; fi`;
      stub("skopeo", `${inspect}\n${given}\n[ "$given" = "${wanted}" ] || exit 1\ncp ${at("image")}/* "$out"`);
    }

    const pull = (): Result =>
      run(pullScript, [], { AUTH_DIRECTORY: at("auth"), IMAGE: "registry.example/a:1", TARGET: at("target", "a") });

    describe("pull", () => {
      it("copies /data of an image, later layers over earlier ones", () => {
        image(
          { "data/config.json": "old", "data/deep/weights": "w", "etc/passwd": "x" },
          { "data/config.json": "new" },
        );
        skopeo("none");
        expect(pull()).to.deep.equal({ status: 0, stderr: "" });
        expect(readdirSync(at("target", "a")).toSorted()).to.deep.equal(["config.json", "deep"]);
        expect(readFileSync(at("target", "a", "config.json"), "utf8")).to.equal("new");
        expect(calls()).to.match(
          /^skopeo copy --dest-decompress docker:\/\/registry\.example\/a:1 dir:\S+\nskopeo inspect /,
        );
      });

      it("tries every credential file after the anonymous attempt, and stops at the one that works", () => {
        image({ "data/x": "x" });
        skopeo("b.json");
        for (const name of ["a.json", "b.json", "c.json", "note.txt"]) writeFileSync(at("auth", name), "{}");
        expect(pull().status).to.equal(0);
        expect([...calls().matchAll(/--authfile \S+\/(\S+)/g)].map((match) => match[1])).to.deep.equal([
          "a.json",
          "b.json",
        ]);
        expect(existsSync(at("target", "a", "x"))).to.equal(true);
      });

      it("says what to check when nothing can pull it", () => {
        skopeo("other.json");
        writeFileSync(at("auth", "a.json"), "{}");
        const { status, stderr } = pull();
        expect([status, stderr]).to.deep.equal([
          1,
          "cannot pull registry.example/a:1: check the reference and the pull secrets\n",
        ]);
      });

      it("refuses an image without /data, and one whose /data points elsewhere", () => {
        skopeo("none");
        image({ "other/x": "x" });
        expect(pull()).to.deep.equal({ status: 1, stderr: "registry.example/a:1 holds no directory /data\n" });
        rmSync(at("image"), { recursive: true });
        mkdirSync(at("image"));
        writeFileSync(at("auth", "secret.json"), "secret");
        image({ data: `→ ${at("auth")}` });
        expect(pull().status).to.equal(1);
        expect(existsSync(at("target", "a"))).to.equal(false);
      });
    });

    describe("download", () => {
      const curl = `while [ "$#" -gt 1 ]; do if [ "$1" = --output ]; then out=$2; fi; shift; done
case "$1" in *missing*) echo "curl: (22) 404" >&2; exit 22;; *empty*) : > "$out";; *) echo "from $1" > "$out";; esac`;
      const download = (...pairs: readonly string[]): Result =>
        run(downloadScript, ["download", ...pairs], { TARGET: at("target") });

      it("fetches each address under its name, spaces and query strings untouched", () => {
        stub("curl", curl);
        const address = "https://example.com/a.parquet?download=true&x=$(id)&y=[1-3]";
        expect(download(address, "a.parquet", "http://example.com/b", "1-b")).to.deep.equal({ status: 0, stderr: "" });
        expect(readFileSync(at("target", "a.parquet"), "utf8")).to.equal(`from ${address}\n`);
        expect(readdirSync(at("target")).toSorted()).to.deep.equal(["1-b", "a.parquet"]);
        expect(calls()).to.include("--globoff").and.include("--proto-redir =http,https");
      });

      it("fails on a failed download and on an empty file", () => {
        stub("curl", curl);
        expect(download("https://example.com/missing", "a").status).to.equal(22);
        expect(download("https://example.com/empty", "a")).to.deep.equal({
          status: 1,
          stderr: "https://example.com/empty is empty\n",
        });
      });
    });

    describe("push", () => {
      const push = (): Result =>
        run(pushScript, [], { IMAGE: "registry.example/out:1", PRESET: "phi-4", RESULTS: at("results") });
      const oras = (failures: number): void =>
        stub(
          "oras",
          `cp config.json layer.tar.gz ${at("image")}\n[ "$(grep -c '^oras' "$CALLS")" -gt ${failures} ] || exit 1`,
        );

      beforeEach(() => {
        for (const file of ["adapter_config.json", "adapter_model.safetensors", "other"])
          writeFileSync(at("results", file), `content of ${file}`);
      });

      it("pushes one layer that the pull script can load, with the digest an OCI config states", () => {
        oras(0);
        expect(push()).to.deep.equal({ status: 0, stderr: "" });
        const layer = gunzipSync(readFileSync(at("image", "layer.tar.gz")));
        const { rootfs } = JSON.parse(readFileSync(at("image", "config.json"), "utf8"));
        const digest = createHash("sha256").update(layer).digest("hex");
        expect(rootfs).to.deep.equal({ type: "layers", diff_ids: [`sha256:${digest}`] });
        expect(calls()).to.include("--annotation sh.kaito.model.name=phi-4");
        expect(calls()).to.include("registry.example/out:1 layer.tar.gz:application/vnd.oci.image.layer.v1.tar+gzip");

        writeFileSync(at("image", digest), layer);
        manifest([{ digest: `sha256:${digest}` }]);
        skopeo("none");
        expect(pull()).to.deep.equal({ status: 0, stderr: "" });
        expect(readdirSync(at("target", "a")).toSorted()).to.deep.equal([
          "adapter_config.json",
          "adapter_model.safetensors",
        ]);
      });

      it("tries again, longer each time, and gives up after five times", function () {
        // BusyBox runs its own sleep instead of the one on PATH.
        if (program === "busybox") this.skip();
        oras(2);
        expect(push().status).to.equal(0);
        expect([...calls().matchAll(/^sleep (\d+)$/gm)].map((match) => match[1])).to.deep.equal(["10", "20"]);
        rmSync(at("calls"));
        oras(9);
        expect(push()).to.deep.equal({
          status: 1,
          stderr: "cannot push registry.example/out:1: check the reference and the push secret\n",
        });
        expect(calls().match(/^oras /gm)).to.have.length(5);
      });

      it("fails when training left no adapter", () => {
        oras(0);
        rmSync(at("results", "adapter_model.safetensors"));
        expect(push().status).to.not.equal(0);
        expect(calls()).to.equal("");
      });
    });
  });
}

describe("scripts of init containers", () => {
  it("are run by at least one POSIX shell here", () => {
    expect(shells.length).to.be.greaterThan(0);
  });
});
