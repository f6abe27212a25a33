import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { contains, differs, stamped, templateHash } from "../../../src/core/children/applied.ts";
import { children } from "../../../src/core/children/children.ts";
import type { Json, JsonObject } from "../../../src/core/json.ts";
import { workspace } from "./workspaces.ts";

function deployment(): JsonObject {
  const found = children(workspace()).find((o) => o["kind"] === "Deployment");
  if (found === undefined) throw new Error("no Deployment");
  return stamped(found);
}

// biome-ignore lint/suspicious/noExplicitAny: a test pokes at raw JSON
type Any = any;

function changed(object: JsonObject, change: (copy: Any) => void): JsonObject {
  const copy = structuredClone(object) as Any;
  change(copy);
  return copy;
}

describe("an applied child", () => {
  it("does not differ once the API server has filled in its defaults", () => {
    const live = changed(deployment(), (o: Any) => {
      o.metadata.resourceVersion = "7";
      o.spec.replicas = 4;
      o.spec.template.spec.dnsPolicy = "ClusterFirst";
      o.spec.template.spec.containers[0].imagePullPolicy = "IfNotPresent";
      o.status = { replicas: 4 };
    });
    expect(differs(live, deployment())).to.equal(false);
  });

  it("differs when somebody changed a field of ours", () => {
    const image = changed(deployment(), (o: Any) => {
      o.spec.template.spec.containers[0].image = "evil:1";
    });
    const gone = changed(deployment(), (o: Any) => {
      delete o.spec.template.spec.containers[0].resources.limits;
    });
    expect(differs(image, deployment())).to.equal(true);
    expect(differs(gone, deployment())).to.equal(true);
  });

  it("does not differ when somebody added a sidecar or a label", () => {
    const live = changed(deployment(), (o: Any) => {
      o.metadata.labels["team"] = "a";
      o.spec.template.spec.containers.unshift({ name: "proxy", image: "proxy:1" });
    });
    expect(differs(live, deployment())).to.equal(false);
  });

  it("does not differ where the API server writes the same quantity in another way, or a volume is mounted twice", () => {
    const asStated = changed(deployment(), (o: Any) => {
      const [container] = o.spec.template.spec.containers;
      container.resources.requests = { cpu: "1000m", memory: "1024Mi" };
      container.resources.limits = { cpu: 2, memory: "0.5Gi" };
      container.volumeMounts = ["/a", "/b"].map((mountPath) => ({ name: "twice", mountPath }));
      o.spec.template.spec.volumes = [{ name: "twice", emptyDir: { sizeLimit: "2048Mi" } }];
    });
    const live = changed(asStated, (o: Any) => {
      const [container] = o.spec.template.spec.containers;
      container.resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "512Mi" } };
      o.spec.template.spec.volumes[0].emptyDir.sizeLimit = "2Gi";
    });
    expect(differs(live, asStated)).to.equal(false);
    const more = changed(live, (o: Any) => {
      o.spec.template.spec.containers[0].resources.limits.memory = "513Mi";
    });
    expect(differs(more, asStated)).to.equal(true);
    const elsewhere = changed(live, (o: Any) => {
      o.spec.template.spec.containers[0].volumeMounts[0].mountPath = "/c";
    });
    expect(differs(elsewhere, asStated)).to.equal(true);
    const tagged = changed(deployment(), (o: Any) => {
      o.spec.template.spec.containers[0].env = [{ name: "VERSION", value: "1.0" }];
    });
    const retagged = changed(tagged, (o: Any) => {
      o.spec.template.spec.containers[0].env[0].value = "1";
    });
    expect(differs(retagged, tagged)).to.equal(true);
  });

  it("has a hash of its template that ignores everything else", () => {
    const other = changed(deployment(), (o: Any) => {
      o.spec.strategy.type = "Recreate";
    });
    expect(templateHash(other)).to.equal(templateHash(deployment()));
  });

  it("contains itself, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(contains(value as Json, value as Json)).to.equal(true);
      }),
    );
  });
});
