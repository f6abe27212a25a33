import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { imageToolPath } from "../../../image/tool.ts";
import { packageRoot } from "../../../src/package-root.ts";
import type { Launch } from "../support/launch.ts";

const SERVICE_ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount";

/** What an image says of itself. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

export interface Layout {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform: { readonly os: string; readonly architecture: string };
  readonly config: ImageConfig;
}

/** Builds the image as `make image` does; gives its digest as printed. */
export function buildImage(layout: string): string {
  const args = [join(packageRoot(), "image/build.ts"), layout];
  return execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/** Reads an OCI image layout of one image. */
export function readLayout(layout: string): Layout {
  const json = (path: string) => JSON.parse(readFileSync(join(layout, path), "utf8"));
  const blob = (digest: string) => json(join("blobs", digest.replace(":", "/")));
  const [{ digest, platform }] = json("index.json").manifests;
  const manifest = blob(digest);
  return { digest, platform, annotations: manifest.annotations, config: blob(manifest.config.digest).config };
}

/** Unpacks it with owners and modes, every digest checked. */
export async function unpack(layout: string, folder: string): Promise<void> {
  const tool = await imageToolPath(packageRoot());
  mkdirSync(folder);
  const tar = execFileSync(tool, ["export", layout], { maxBuffer: 1024 * 1024 * 1024 });
  execFileSync("tar", ["-x", "-p", "--same-owner", "-C", folder], { input: tar });
  // What a container runtime makes before it closes the root: where the pod's volumes go, and the kernel's own.
  for (const path of ["proc", "dev", SERVICE_ACCOUNT]) mkdirSync(join(folder, path), { recursive: true });
}

/** Why a process cannot be started in a root of its own here; absent where it can. */
export function cannotContain(): string | undefined {
  if (process.getuid?.() !== 0) return "running as uid 65532 in a root of its own needs root here";
  const { status, stderr, error } = spawnSync("unshare", [
    "--mount",
    "--propagation",
    "private",
    "chroot",
    "/",
    "true",
  ]);
  if (status === 0) return undefined;
  return `unshare --mount and chroot are refused here: ${error?.message ?? String(stderr).trim()}`;
}

// Before the program: its root read-only, with the pod's token and the kernel's folders; then no root, no group, no way
// back to either.
const CONTAIN = `set -e
root=$1; account=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$account" "$root/${SERVICE_ACCOUNT}"
mount -o remount,ro,bind "$root/${SERVICE_ACCOUNT}"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,ro,bind "$root"
exec env -i "$@"
`;

/**
 * Starts a process from an unpacked image as a kubelet would have it started by these Deployments: entry point, user and
 * environment of the image, read-only root, the ServiceAccount's token where pods have it, no privilege. Network and
 * processes are this machine's.
 */
export function fromImage(root: string, { Entrypoint, Env, User }: ImageConfig): Launch {
  return ({ kubeconfig, args, env }) => {
    const { cluster, user } = onlyEntries(kubeconfig);
    const account = `${kubeconfig}.account`;
    mkdirSync(account);
    writeFileSync(join(account, "token"), user.token);
    writeFileSync(join(account, "ca.crt"), Buffer.from(cluster["certificate-authority-data"], "base64"));
    writeFileSync(join(account, "namespace"), "foresail-system");
    // The projected volume of a pod that runs as one user is that user's to read.
    chmodSync(account, 0o755);
    const server = new URL(cluster.server);
    const variables = {
      ...Object.fromEntries(Env.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)])),
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
      // From /etc/passwd, as runtimes take it.
      HOME: "/nonexistent",
      ...env,
    };
    const stated = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const contain = ["/usr/bin/setpriv", "--no-new-privs", "/usr/sbin/chroot", `--userspec=${User}`, "--groups=", root];
    const started = [...stated, ...contain, ...Entrypoint, ...args];
    return {
      command: [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        CONTAIN,
        "contain",
        root,
        account,
        ...started,
      ],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    };
  };
}

interface Entries {
  readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  readonly user: { readonly token: string };
}

function onlyEntries(kubeconfig: string): Entries {
  const { clusters, users } = parse(readFileSync(kubeconfig, "utf8"));
  return { cluster: clusters[0].cluster, user: users[0].user };
}
