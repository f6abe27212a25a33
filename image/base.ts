import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const USER_ID = 65532;
// As in the images of Debian that have no package manager: scanners look for one file a package there.
const STATUS_FOLDER = "var/lib/dpkg/status.d";
const STATUS_FIELDS = ["Package", "Status", "Priority", "Section", "Maintainer", "Architecture", "Source", "Version"];

/**
 * Lays out what Node needs below it: the shared libraries and the loader of the building machine, the licences and versions
 * of the packages they are of, and a user without rights. No shell and no program.
 * @param libraries absolute paths, where the loader looks for them
 * @throws Error where a library is of no Debian package: nobody could say what is in the image
 */
export function stageBase(libraries: readonly string[], folder: string): void {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const path of libraries) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(path, join(folder, path));
  }
  for (const name of new Set(libraries.map(packageOf))) {
    put(join(STATUS_FOLDER, name.replace(/:.*/, "")), statusOf(name));
    const copyright = `usr/share/doc/${name.replace(/:.*/, "")}/copyright`;
    mkdirSync(dirname(join(folder, copyright)), { recursive: true });
    copyFileSync(`/${copyright}`, join(folder, copyright));
  }
  mkdirSync(join(folder, "etc"), { recursive: true });
  copyFileSync("/etc/os-release", join(folder, "etc/os-release"));
  put(
    "etc/passwd",
    `root:x:0:0:root:/:/nonexistent\nnonroot:x:${USER_ID}:${USER_ID}:nonroot:/nonexistent:/nonexistent\n`,
  );
  put("etc/group", `root:x:0:\nnonroot:x:${USER_ID}:\n`);
  put("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
}

/** The Debian package, with its architecture, that a file is of. */
function packageOf(path: string): string {
  // dpkg knows a file by the name it was installed under, before /lib became a link to /usr/lib.
  for (const name of [path, `/usr${path}`, path.replace(/^\/usr/, "")]) {
    const answer = existsSync(name) ? ask(["-S", name]) : undefined;
    const found = /^([^\s,]+): /m.exec(answer ?? "")?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`${path} is of no Debian package: build with the Containerfile here`);
}

function statusOf(name: string): string {
  const status = ask(["-s", name]) ?? "";
  const lines = status.split("\n").filter((line) => STATUS_FIELDS.includes(line.slice(0, line.indexOf(":"))));
  return `${lines.join("\n")}\n`;
}

function ask(args: readonly string[]): string | undefined {
  try {
    return execFileSync("dpkg-query", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}
