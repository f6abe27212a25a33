// Made by bundle/embedded.ts when the single file is built.
declare module "foresail:shipped" {
  export const version: string;
  /** Text of each file of the package that commands read, by its path below it. */
  export const texts: { readonly [path: string]: string };
}
