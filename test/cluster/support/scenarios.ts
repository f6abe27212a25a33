import { before, it } from "mocha";

// Each of them waits most of its time for others; more at once only make the API server slow.
const AT_ONCE = 8;

/** Tests of one `describe` that run at the same time, each reported by its own name. */
export interface Scenarios {
  /** Adds one; call it while the file is loaded. */
  add(title: string, run: () => Promise<void>): void;
  /** Defines the hook that starts them all and a test for each. */
  define(): void;
}

export function scenarios(): Scenarios {
  const all: {
    readonly title: string;
    readonly run: () => Promise<void>;
    readonly done: PromiseWithResolvers<void>;
  }[] = [];
  return {
    add: (title, run) => all.push({ title, run, done: Promise.withResolvers<void>() }),
    define() {
      before(() => {
        const waiting = [...all];
        const next = async (): Promise<void> => {
          for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
            await one.run().then(one.done.resolve, one.done.reject);
          }
        };
        // A failure is told by the test that asks for it.
        for (const { done } of all) done.promise.catch(() => undefined);
        for (let i = 0; i < AT_ONCE; i++) void next();
      });
      for (const { title, done } of all) it(title, () => done.promise);
    },
  };
}
