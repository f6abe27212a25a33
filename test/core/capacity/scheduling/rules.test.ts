import { expect } from "chai";
import { describe, it } from "mocha";
import { affinity, HOST, node, offer, placed, placing, pod, pods, spread, THREE_ZONES, ZONE } from "./problems.ts";

const web = { app: "web" };
const selecting = (key: string, more = {}) => ({ topologyKey: key, labelSelector: { matchLabels: web }, ...more });

describe("scheduling: nodes", () => {
  it("that exist are filled before any is bought, in their order", () => {
    const given = { pods: pods(5, { cpu: "2" }), rows: [node("n1"), node("n2"), offer({ zone: "a" })] };
    expect(placing(given).nodes).to.deep.equal(["n1: p0000 p0001", "n2: p0002 p0003", "a: p0004"]);
  });

  it("are chosen by node name where a term has matchFields", () => {
    const term = { matchFields: [{ key: "metadata.name", operator: "In", values: ["n2"] }] };
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
    const given = {
      pods: [pod("p", { spec: { affinity: { nodeAffinity: required } } })],
      rows: [node("n1"), node("n2")],
    };
    expect(placing(given).nodes).to.deep.equal(["n2: p"]);
  });

  it("suit by any one of the terms that are required", () => {
    const terms = ["x", "b"].map((zone) => ({ matchExpressions: [{ key: ZONE, operator: "In", values: [zone] }] }));
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
    const given = { pods: [pod("p", { spec: { affinity: { nodeAffinity: required } } })], rows: THREE_ZONES };
    expect(placing(given).nodes).to.deep.equal(["b: p"]);
  });

  it("that are kept by a taint take only who tolerates it", () => {
    const rows = [offer({ zone: "a", taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] })];
    const tolerations = [{ key: "sku", operator: "Exists" }];
    expect(placing({ pods: [pod("p")], rows }).failures).to.deep.equal({ p: "requirements" });
    expect(placing({ pods: [pod("p", { spec: { tolerations } })], rows }).count).to.equal(1);
  });

  it("have one host port once, also against pods that run", () => {
    const ports = (hostPort: number) => ({ containers: [{ name: "m", ports: [{ hostPort, containerPort: 1 }] }] });
    const rows = [node("n1"), offer({ zone: "a" })];
    const given = { pods: [pod("p", { spec: ports(80) }), pod("q", { spec: ports(81) })], rows };
    const running = [placed(0, "old", { spec: ports(80) })];
    expect(placing({ ...given, placed: running }).nodes).to.deep.equal(["n1: q", "a: p"]);
  });

  it("have the host ports of sidecars, and not those of init containers that end", () => {
    const init = (restartPolicy?: string) => ({
      initContainers: [
        { name: "i", ports: [{ hostPort: 80 }], ...(restartPolicy === undefined ? {} : { restartPolicy }) },
      ],
    });
    const rows = [node("n1"), offer({ zone: "a" })];
    const running = [placed(0, "old", { spec: { containers: [{ name: "m", ports: [{ hostPort: 80 }] }] } })];
    const given = (restartPolicy?: string) =>
      placing({ pods: [pod("p", { spec: init(restartPolicy) })], rows, placed: running }).nodes;
    expect(given()).to.deep.equal(["n1: p"]);
    expect(given("Always")).to.deep.equal(["a: p"]);
  });

  it("are apart where only what is stated for the whole pod differs", () => {
    const large = pod("p", { spec: { resources: { requests: { cpu: "7" } } } });
    const rows = [node("n1"), offer({ zone: "a", cpu: 8 })];
    expect(placing({ pods: [large, pod("q")], rows }).nodes).to.deep.equal(["n1: q", "a: p"]);
  });

  it("that can be several sizes stay so until a pod narrows them", () => {
    const rows = [offer({ zone: "a", cpu: 2, price: 1 }), offer({ zone: "a", cpu: 8, price: 4 })];
    expect(placing({ pods: pods(4, { cpu: "2" }), rows }).count).to.equal(1);
    expect(placing({ pods: pods(1, { cpu: "2" }), rows }).count).to.equal(1);
    expect(placing({ pods: pods(1, { cpu: "9" }), rows }).failures).to.deep.equal({ p0000: "resources" });
  });

  it("are counted by parts of GPUs too", () => {
    const slice = "nvidia.com/mig-1g.10gb";
    const rows = [
      {
        ...offer({ zone: "a" }),
        room: new Map([
          ["cpu", 8000],
          ["pods", 110],
          [slice, 7],
        ]),
      },
    ];
    const spec = { containers: [{ name: "m", resources: { limits: { [slice]: "2" } } }] };
    expect(placing({ pods: pods(4, { spec }), rows }).count).to.equal(2);
  });
});

describe("scheduling: topology spread", () => {
  const constrained = { labels: web, spec: { topologySpreadConstraints: [spread(ZONE, web)] } };

  it("keeps zones level", () => {
    const { nodes } = placing({ pods: pods(6, constrained), rows: THREE_ZONES });
    expect(nodes.map((one) => one.split(" ").length - 1)).to.deep.equal([2, 2, 2]);
  });

  it("counts pods that run", () => {
    const rows = [node("n1", { zone: "a" }), ...THREE_ZONES];
    const given = { pods: pods(2, constrained), rows, placed: [placed(0, "old", { labels: web })] };
    expect(placing(given).nodes).to.deep.equal(["b: p0000", "c: p0001"]);
  });

  it("counts a zone nobody can go to only where affinity is ignored", () => {
    const only = { nodeSelector: { [ZONE]: "a" } };
    const within = { labels: web, spec: { ...constrained.spec, ...only } };
    const anywhere = {
      ...within.spec,
      topologySpreadConstraints: [spread(ZONE, web, { nodeAffinityPolicy: "Ignore" })],
    };
    expect(placing({ pods: pods(2, within), rows: THREE_ZONES }).failures).to.deep.equal({});
    const ignoring = placing({ pods: pods(2, { labels: web, spec: anywhere }), rows: THREE_ZONES });
    expect(ignoring.failures).to.deep.equal({ p0001: "topology" });
  });

  it("counts tainted zones unless taints are honoured", () => {
    const rows = [offer({ zone: "a" }), offer({ zone: "b", taints: [{ key: "x", effect: "NoSchedule" }] })];
    const honouring = { topologySpreadConstraints: [spread(ZONE, web, { nodeTaintsPolicy: "Honor" })] };
    expect(placing({ pods: pods(2, constrained), rows }).failures).to.deep.equal({ p0001: "topology" });
    expect(placing({ pods: pods(2, { labels: web, spec: honouring }), rows }).failures).to.deep.equal({});
  });

  it("starts from none while there are fewer zones than minDomains", () => {
    const few = { labels: web, spec: { topologySpreadConstraints: [spread(ZONE, web, { minDomains: 4 })] } };
    expect(Object.keys(placing({ pods: pods(4, few), rows: THREE_ZONES }).failures)).to.have.length(1);
  });

  it("counts only pods with the same value of matchLabelKeys", () => {
    const keyed = (version: string) => ({
      labels: { ...web, version },
      spec: { topologySpreadConstraints: [spread(ZONE, web, { matchLabelKeys: ["version"] })] },
    });
    const rows = [node("n1", { zone: "a" }), offer({ zone: "b" })];
    const old = [placed(0, "old1", keyed("1")), placed(0, "old2", keyed("1"))];
    expect(placing({ pods: pods(1, keyed("2")), rows, placed: old }).nodes).to.deep.equal(["n1: p0000"]);
    expect(placing({ pods: pods(1, keyed("1")), rows, placed: old }).nodes).to.deep.equal(["b: p0000"]);
  });

  it("over hostnames opens a node for each", () => {
    const each = { labels: web, spec: { topologySpreadConstraints: [spread(HOST, web)] } };
    expect(placing({ pods: pods(3, each), rows: THREE_ZONES }).count).to.equal(3);
  });

  it("counts pods of a node that is not in one zone yet where it will be", () => {
    const rows = [offer({ zone: "a", cpu: 1 }), offer({ zone: "b", cpu: 1 })];
    const { nodes } = placing({
      pods: [pod("free", { labels: web, cpu: "900m" }), ...pods(1, { ...constrained, cpu: "800m" })],
      rows,
    });
    expect(nodes).to.deep.equal(["a: free", "b: p0000"]);
  });
});

describe("scheduling: pod affinity", () => {
  it("brings pods to the zone of those they are with, also when these come later", () => {
    const follower = { cpu: "2", spec: affinity("podAffinity", selecting(ZONE)) };
    const leader = { labels: web, cpu: "1", spec: { nodeSelector: { [ZONE]: "b" } } };
    const given = { pods: [pod("follower", follower), pod("leader", leader)], rows: THREE_ZONES };
    expect(placing(given).nodes).to.deep.equal(["b: follower leader"]);
  });

  it("lets the first of a kind open a zone, and keeps the others there", () => {
    const self = { labels: web, cpu: "3", spec: affinity("podAffinity", selecting(ZONE)) };
    expect(placing({ pods: pods(3, self), rows: THREE_ZONES }).nodes).to.deep.equal([
      "a: p0000",
      "a: p0001",
      "a: p0002",
    ]);
  });

  it("to nobody there is no place", () => {
    const lonely = { spec: affinity("podAffinity", selecting(ZONE)) };
    expect(placing({ pods: pods(2, lonely), rows: THREE_ZONES }).failures).to.deep.equal({
      p0000: "topology",
      p0001: "topology",
    });
  });

  it("apart on hostnames gives each its node; in zones, each its zone", () => {
    const apart = (key: string) => ({ labels: web, spec: affinity("podAntiAffinity", selecting(key)) });
    expect(placing({ pods: pods(4, apart(HOST)), rows: THREE_ZONES }).count).to.equal(4);
    expect(Object.keys(placing({ pods: pods(4, apart(ZONE)), rows: THREE_ZONES }).failures)).to.have.length(1);
  });

  it("is kept from pods that do not want it, those that run and those that were placed before", () => {
    const loner = { cpu: "2", spec: affinity("podAntiAffinity", selecting(ZONE)) };
    const rows = [node("n1", { zone: "a" }), ...THREE_ZONES];
    const beside = placing({ pods: [pod("p", { labels: web })], rows, placed: [placed(0, "loner", loner)] });
    expect(beside.nodes).to.deep.equal(["b: p"]);
    const later = placing({ pods: [pod("loner", loner), pod("p", { labels: web })], rows: THREE_ZONES });
    expect(later.nodes).to.deep.equal(["a: loner", "b: p"]);
  });

  it("sees the pods of its namespace, of those named, and of those selected by label", () => {
    const namespaces = new Map([["other", new Map([["team", "x"]])]]);
    const rows = [node("n1", { zone: "a" }), ...THREE_ZONES];
    const running = [placed(0, "w", { labels: web, namespace: "other" })];
    const at = (term: object) =>
      placing({
        pods: [pod("p", { spec: affinity("podAntiAffinity", selecting(ZONE, term)) })],
        rows,
        placed: running,
        namespaces,
      }).nodes[0];
    expect(at({})).to.equal("n1: p");
    expect(at({ namespaces: ["other"] })).to.equal("b: p");
    expect(at({ namespaceSelector: { matchLabels: { team: "x" } } })).to.equal("b: p");
    expect(at({ namespaceSelector: { matchLabels: { team: "y" } } })).to.equal("n1: p");
    expect(at({ namespaceSelector: {} })).to.equal("b: p");
  });

  it("looks at pods with the same, or another, value of its label keys", () => {
    const rows = [node("n1", { zone: "a" }), ...THREE_ZONES];
    const running = [placed(0, "w", { labels: { ...web, version: "1" } })];
    const at = (version: string, term: object) =>
      placing({
        pods: [pod("p", { labels: { version }, spec: affinity("podAntiAffinity", selecting(ZONE, term)) })],
        rows,
        placed: running,
      }).nodes[0];
    expect(at("1", { matchLabelKeys: ["version"] })).to.equal("b: p");
    expect(at("2", { matchLabelKeys: ["version"] })).to.equal("n1: p");
    expect(at("1", { mismatchLabelKeys: ["version"] })).to.equal("n1: p");
    expect(at("2", { mismatchLabelKeys: ["version"] })).to.equal("b: p");
  });
});
