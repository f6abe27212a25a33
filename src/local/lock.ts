import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const HEARTBEAT_MS = 5_000;
// Twelve missed heartbeats: the holder is gone, even if its pid means something else by now or lives on another machine.
const STALE_MS = 60_000;
const POLL_MS = 250;

/**
 * Runs `work` while holding the lock file `path`; processes of one machine, or of several over a shared disk, take turns.
 * A lock whose holder died is taken over. `waiting` is called while another holder works.
 */
export async function withLock<T>(path: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await tryLock(path))) {
    waiting();
    await breakStaleLock(path);
    await pause(POLL_MS);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {
      // The cache was deleted under us; the rename at the end of the work reports it.
    });
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${hostname()} ${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function breakStaleLock(path: string): Promise<void> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    const [host, pid] = text.trim().split(" ");
    const dead = host === hostname() && pid !== undefined && !isAlive(Number(pid));
    if (!dead && Date.now() - mtimeMs < STALE_MS) return;
    // Renaming first lets only one of several waiting processes break it.
    const broken = `${path}.${process.pid}.broken`;
    await rename(path, broken);
    await rm(broken, { force: true });
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

/** Whether a process of this machine exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
