import { expect } from "chai";
import type { ControlPlane } from "../../../src/local/control-plane.ts";
import { shellCommands } from "../../docs/support/shell.ts";
import type { Command } from "../../docs/support/steps.ts";
import type { Machine } from "./machine.ts";
import { LASTING, placeholders } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

const UP = /^npx foresail up /;
const DOWN = /^npx foresail down /;

/** A newcomer with a machine and a cluster, in a folder, with the terminals that are open. */
export interface Walk {
  readonly machine: Machine;
  readonly cluster: ControlPlane;
  readonly folder: string;
  /** Types a line that the page does not have; gives what it shows, and fails where it does not end with 0. */
  prepare(line: string, folder?: string): Promise<string>;
  /** Types a line with its placeholders filled in. One that lasts stays open once it shows that it works. */
  type(line: string): Promise<Ended>;
  /** The terminal in which the line with this name still runs. */
  open(name: RegExp): Terminal;
  /** Ctrl-C in every terminal, the last opened first. */
  leave(): Promise<void>;
  /** Ends what a failed walk leaves running. */
  abandon(): void;
}

export interface Ended {
  /** Undefined while it lasts. */
  readonly code?: number | string;
  readonly text: string;
}

export function startWalk(machine: Machine, cluster: ControlPlane, folder: string): Walk {
  const terminals: { readonly line: string; readonly terminal: Terminal }[] = [];
  const fill = placeholders(machine.kubeconfig, cluster.context);
  const interruptAll = async (which: RegExp): Promise<void> => {
    for (const one of terminals.filter(({ line }) => which.test(line)).reverse()) {
      await one.terminal.interrupt();
      terminals.splice(terminals.indexOf(one), 1);
      if (UP.test(one.line)) expect(one.terminal.text()).to.contain("the webhook configurations are removed");
    }
  };
  const typeIn = async (line: string, where: string): Promise<Ended> => {
    const filled = filledIn(line, fill);
    // A cluster has one `up`, and what takes Foresail away finds none.
    if (UP.test(line) || DOWN.test(line)) await interruptAll(UP);
    const terminal = machine.type(filled, where);
    terminals.push({ line, terminal });
    const [, works] = LASTING.find(([name]) => name.test(line)) ?? [];
    if (works === undefined) {
      const code = await terminal.ended;
      terminals.pop();
      return { code, text: terminal.text() };
    }
    await terminal.shows(works);
    return { text: terminal.text() };
  };
  return {
    machine,
    cluster,
    folder,
    type: (line) => typeIn(line, folder),
    prepare: async (line, where = folder) => {
      const { code = 0, text } = await typeIn(line, where);
      expect(code, `${line}\n${text}`).to.equal(0);
      return text;
    },
    open: (name) => terminals.find(({ line }) => name.test(line))?.terminal ?? expect.fail(`no ${name} is open`),
    leave: async () => await interruptAll(/^/),
    abandon: () => {
      for (const { terminal } of terminals.splice(0)) terminal.close();
    },
  };
}

/** Placeholders are words in capitals; one that no table knows is a fault of the table or the page. */
function filledIn(line: string, fill: ReturnType<typeof placeholders>): string {
  const filled = fill.reduce((text, [pattern, value]) => text.replace(pattern, value), line);
  const words = shellCommands(filled).flat();
  const left = words.filter((word) => /^[A-Z][A-Z/]+$/.test(word));
  expect(left, `nothing is known to fill in for them in: ${line}`).to.deep.equal([]);
  return filled;
}

/** Whether a command ends as its page says: shown output that is an error is a failure's, all else is success. */
export function expectAsShown({ where, name, shown }: Command, { code, text }: Ended): void {
  const fails = shown[0]?.startsWith("Error from server") === true;
  if (code !== undefined) expect(code === 0, `${where}: ${name} ended with ${code}:\n${text}`).to.equal(!fails);
  if (shown.length > 0) expect(flat(text)).to.match(patternOf(shown));
}

/** `…` stands for any text. Where lines break, and how wide columns are, is the terminal's. */
function patternOf(shown: readonly string[]): RegExp {
  return new RegExp(
    flat(shown.join("\n"))
      .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("…", ".*"),
  );
}

const flat = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
