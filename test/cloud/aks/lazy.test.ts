import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../../../src/package-root.ts";

describe("Azure's packages", () => {
  it("are loaded by the first call to the cloud, never by an import", () => {
    const found = ["src", "webhook"].flatMap((room) =>
      readdirSync(join(packageRoot(), room), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => ({ file: join(room, file), text: readFileSync(join(packageRoot(), room, file), "utf8") })),
    );
    const eager = found.filter(({ text }) => /^(import|export) (?!type\b)[^;]*?from "@azure\//m.test(text));
    expect(eager.map(({ file }) => file)).to.deep.equal([]);
    expect(found.filter(({ text }) => text.includes('await import("@azure/'))).to.have.length(2);
  });
});
