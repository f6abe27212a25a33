import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { addressOf, markRepository, remotesOf } from "../../../src/cli/input/gitops/repository.ts";
import { type Files, writeTree } from "./support/kustomizations.ts";
import { readRepository } from "./support/repository.ts";

const workspace = "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: w}\nresource: {labelSelector: {}}\n";
const application = (url: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {destination: {namespace: applied}, source: {repoURL: "${url}", path: apps}}\n`;

describe("whose path it is that Flux and Argo CD objects name", () => {
  const same = [
    "https://github.com/Team/models",
    "https://github.com/team/models.git/",
    "https://token@github.com/team/models.git",
    "git@github.com:team/models.git",
    "ssh://git@github.com:22/team/models",
    "git+ssh://git@github.com/team/models.git",
    "git@work:team/models.git",
  ];
  for (const url of same) {
    it(`takes ${url} for the same repository`, () => {
      expect(addressOf(url)).to.deep.include({ path: "team/models" });
      const files = { "apps/w.yaml": workspace, "app.yaml": application(url) };
      const { workspaces, told } = readRepository(files, { remote: "git@github.com:team/models.git" });
      expect([workspaces, told]).to.deep.equal([["applied/w"], ""]);
    });
  }

  it("takes another host, another path and a directory for another repository", () => {
    const files = { "apps/w.yaml": workspace };
    for (const url of ["https://github.example/team/models", "git@work:team/other", "/srv/git/team/models"]) {
      const { workspaces } = readRepository(
        { ...files, "app.yaml": application(url) },
        { remote: "https://github.com/team/models" },
      );
      expect(workspaces, url).to.deep.equal(["w"]);
    }
  });

  it("does not render what another repository has at that path, and says so", () => {
    const url = "https://github.com/team/models-two";
    const files = { "apps/w.yaml": workspace, "app.yaml": application(url) };
    const { workspaces, told } = readRepository(files, { remote: "git@github.com:team/models.git" });
    expect(workspaces).to.deep.equal(["w"]);
    expect(told).to.equal(`Application a is not rendered: it applies ${url}, which is not this repository\n`);
    expect(readRepository(files).workspaces).to.deep.equal(["applied/w"]);
  });

  it("reads what an artifact has at a path where it is here, and says nothing where it is not", () => {
    const flux = (path: string): string =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: ${path}}\nspec: {path: ./${path}, targetNamespace: by-flux, sourceRef: {kind: OCIRepository, name: o}}\n`;
    const oci = application("oci://registry.example/manifests");
    const { workspaces, told } = readRepository(
      {
        "apps/w.yaml": workspace,
        "other/w.yaml": workspace,
        "app.yaml": oci,
        "absent.yaml": oci.replace("path: apps", "path: absent"),
        "flux.yaml": `${flux("other")}---\n${flux("none")}`,
      },
      { remote: "https://github.com/team/models" },
    );
    expect([workspaces, told]).to.deep.equal([["applied/w", "by-flux/w"], ""]);
  });

  it("asks the GitRepository of a Flux object, where it is among the files", () => {
    const source = (namespace: string, url: string): string =>
      `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: models, namespace: ${namespace}}\nspec: {url: "${url}"}\n`;
    const files = (sources: string): Files => ({
      "apps/w.yaml": workspace,
      "clusters/sources.yaml": sources,
      "clusters/apps.yaml":
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k, namespace: flux-system}\nspec: {path: ./apps, targetNamespace: applied, sourceRef: {kind: GitRepository, name: models}}\n",
    });
    const remote = "https://github.com/team/models";
    const here = source("flux-system", "ssh://git@github.com/team/models");
    const other = source("flux-system", "ssh://git@github.com/team/other");
    expect(readRepository(files(here), { remote }).workspaces).to.deep.equal(["applied/w"]);
    const { workspaces, told } = readRepository(files(other), { remote });
    expect(workspaces).to.deep.equal(["w"]);
    expect(told).to.equal(
      "Kustomization k is not rendered: it applies ssh://git@github.com/team/other, which is not this repository\n",
    );
    // One of another namespace is another object.
    const elsewhere = source("elsewhere", "ssh://git@github.com/team/other");
    expect(readRepository(files(elsewhere), { remote }).workspaces).to.deep.equal(["applied/w"]);
  });

  it("reads remotes of a checkout, of a work tree beside it, and of files taken out of it", () => {
    const directory = writeTree({
      "main/.git/config":
        '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://a.example/x\n\tpushurl = https://c.example/x\n[remote "up stream"]\n  url = "git@b.example:x"\n[submodule "s"]\n\turl = https://s.example\n',
      "main/.git/worktrees/w/commondir": "../..\n",
      "out/w.yaml": workspace,
    });
    try {
      mkdirSync(join(directory, "tree"));
      writeFileSync(join(directory, "tree/.git"), `gitdir: ${join(directory, "main/.git/worktrees/w")}\n`);
      const both = ["https://a.example/x", "git@b.example:x"];
      expect(remotesOf(join(directory, "main"))).to.deep.equal(both);
      expect(remotesOf(join(directory, "tree"))).to.deep.equal(both);
      markRepository(join(directory, "out"), join(directory, "tree"));
      expect(remotesOf(join(directory, "out"))).to.deep.equal(both);
      expect(remotesOf(directory)).to.deep.equal([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
