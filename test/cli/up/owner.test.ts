import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { expect } from "chai";
import { describe, it } from "mocha";
import { ownAnnotations, ownerOf } from "../../../src/cli/up/owner.ts";

const configuration = (annotations?: { readonly [key: string]: string }) => ({
  metadata: { name: "foresail", ...(annotations && { annotations }) },
});

describe("the owner of a webhook configuration", () => {
  it("is this process", () => {
    expect(ownerOf(configuration(ownAnnotations(process.pid)))).to.deep.equal({ kind: "self" });
  });

  it("is another process that lives", () => {
    expect(ownerOf(configuration(ownAnnotations(process.ppid)))).to.deep.equal({ kind: "alive", pid: process.ppid });
  });

  it("is a process that has ended", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    expect(ownerOf(configuration(ownAnnotations(pid)))).to.deep.equal({ kind: "dead", pid });
  });

  it("is on another machine, of which nothing is known here", () => {
    const annotations = { ...ownAnnotations(1), "foresail.dev/up-host": `not-${hostname()}` };
    expect(ownerOf(configuration(annotations))).to.deep.equal({ kind: "elsewhere", host: `not-${hostname()}`, pid: 1 });
  });

  it("is an installation when up did not write it, or its mark is unreadable", () => {
    const unreadable = { ...ownAnnotations(1), "foresail.dev/up-pid": "-1" };
    for (const annotations of [undefined, {}, unreadable]) {
      expect(ownerOf(configuration(annotations))).to.deep.equal({ kind: "installed" });
    }
  });
});
