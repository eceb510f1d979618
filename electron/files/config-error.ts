/** A config.json that does not describe a VM; `message` is one line: "config.json ends in line 14". */
export class ConfigError extends Error {}
