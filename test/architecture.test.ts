import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { packageRoot } from "../src/package-root.ts";

const root = packageRoot();
const longestFileLines = 250;

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sources(directory: string): readonly Source[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => {
      const path = join(directory, file);
      const text = readFileSync(join(root, path), "utf8");
      const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"([^"\n]+)"/g)].map(
        (match) => match[1] ?? "",
      );
      const local = specifiers.map((one) =>
        one.startsWith(".") ? relative(root, join(root, dirname(path), one)) : one,
      );
      return { path, text, imports: local };
    });
}

const all = [...sources("src"), ...sources("webhook")];
const core = all.filter(({ path }) => path.startsWith("src/core/"));

describe("architecture", () => {
  it("core imports core and pure libraries only", () => {
    const pure = ["@marcbachmann/cel-js", "ajv", "re2js", "yaml", "node:crypto"];
    const foreign = core.flatMap(({ path, imports }) =>
      imports.filter((to) => !to.startsWith("src/core/") && !pure.includes(to)).map((to) => `${path} → ${to}`),
    );
    expect(foreign).to.deep.equal([]);
    expect(core.length).to.be.greaterThan(20);
  });

  it("core has no clock, randomness, environment, output or async", () => {
    const impure =
      /\basync\b|\bawait\b|Date\.now|new Date\(\)|Math\.random|\bprocess\.|console\.|setTimeout|performance\.now/;
    const code = (text: string): string =>
      text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "");
    const found = core.filter(({ text }) => impure.test(code(text))).map(({ path }) => path);
    expect(found).to.deep.equal([]);
  });

  it("ports do not know each other or the shells; shells do not know the command line; nobody imports a test", () => {
    const walls: readonly (readonly [string, RegExp])[] = [
      ["src/kube/", /^(src\/(cloud|doctor|reconciler|cli|local|demo)\/|webhook\/)/],
      ["src/cloud/", /^(src\/(kube|doctor|reconciler|cli|local|demo)\/|webhook\/)/],
      ["src/doctor/", /^(src\/(reconciler|cli|local|chat)\/|webhook\/)/],
      ["src/reconciler/", /^(src\/(cli|local|demo)\/|webhook\/)/],
      ["webhook/", /^src\/(cli|local|demo|reconciler|chat)\//],
      ["src/chat/", /^(src\/(kube|cloud|reconciler|cli|local|demo|load\.ts)|webhook\/)/],
      ["src/", /^test\//],
    ];
    const broken = walls.flatMap(([from, to]) =>
      all
        .filter(({ path }) => path.startsWith(from))
        .flatMap(({ path, imports }) =>
          imports.filter((target) => to.test(target)).map((target) => `${path} → ${target}`),
        ),
    );
    expect(broken).to.deep.equal([]);
  });

  it("the fake ARM knows nothing of what it tests", () => {
    const fake = sources("test/support/arm");
    const foreign = fake.flatMap(({ path, imports }) =>
      imports.filter((to) => /^(src|webhook)\/|^@azure\//.test(to)).map((to) => `${path} → ${to}`),
    );
    expect(foreign).to.deep.equal([]);
    expect(fake.length).to.be.greaterThan(20);
  });

  it("has no import cycle", () => {
    const graph = new Map(all.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        // Type-only imports may meet in a circle: they are gone at run time.
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
        return;
      }
      if (done.has(path)) return;
      for (const next of valueImports(graph, path)) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).to.deep.equal([]);
  });

  it("keeps files small", () => {
    const lines = all.map(({ path, text }) => ({ path, count: text.split("\n").length - 1 }));
    expect(
      lines.filter(({ count }) => count > longestFileLines).map(({ path, count }) => `${path}: ${count}`),
    ).to.deep.equal([]);
    const median = lines.map(({ count }) => count).sort((a, b) => a - b)[Math.floor(lines.length / 2)] ?? 0;
    expect(median).to.be.at.most(110);
  });

  it("pins every dependency exactly", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const versions = Object.entries<string>({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).to.deep.equal([]);
  });
});

function valueImports(graph: ReadonlyMap<string, readonly string[]>, path: string): readonly string[] {
  const text = all.find((source) => source.path === path)?.text ?? "";
  const typeOnly = new Set(
    [...text.matchAll(/import type [^;]*? from "([^"]+)"/g)].map((match) =>
      relative(root, join(root, dirname(path), match[1] ?? "")),
    ),
  );
  return (graph.get(path) ?? []).filter((to) => graph.has(to) && !typeOnly.has(to));
}
