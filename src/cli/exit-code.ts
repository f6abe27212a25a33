/** 1 always means "found something", so that a crash never looks like a finding. */
export const ExitCode = { clean: 0, findings: 1, usage: 2, internal: 3 } as const;
