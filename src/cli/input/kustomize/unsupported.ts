/** What our own build does not know; the user's tool is asked then. The message names it. */
export class Unsupported extends Error {}
