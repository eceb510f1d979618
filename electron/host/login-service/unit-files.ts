/** What is started at login, and with what. */
export interface ServiceProgram {
  /** Absolute path of `bin/tatin`. */
  readonly program: string;
  readonly args: readonly string[];
  /** Variables that the service must have as they are now: where its home and state are. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The label that launchd knows it by, and with it the name of its file. */
export const launchdLabel = 'app.tatin.service';
export const systemdUnit = 'tatin.service';

/** A user's launchd agent. */
export function launchdPlist({ program, args, environment }: ServiceProgram, logFile: string): string {
  const words = [program, ...args].map((word) => `    <string>${xml(word)}</string>`);
  const variables = Object.entries(environment).map(
    ([name, value]) => `    <key>${xml(name)}</key>\n    <string>${xml(value)}</string>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${launchdLabel}</string>
  <key>ProgramArguments</key>
  <array>
${words.join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>StandardOutPath</key>
  <string>${xml(logFile)}</string>
  <key>StandardErrorPath</key>
  <string>${xml(logFile)}</string>
</dict>
</plist>
`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A user's systemd unit. Guests are processes of their own and go on when it stops. */
export function systemdService({ program, args, environment }: ServiceProgram): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `[Unit]
Description=Tatin: virtual machines that start at login

[Service]
ExecStart=${[program, ...args].map(quotedWord).join(' ')}
${variables.join('\n')}
Restart=on-failure
RestartSec=5
# A guest is a process of its own and outlives its window; it outlives this service too.
KillMode=process

[Install]
WantedBy=default.target
`;
}

/** A value as systemd reads it: backslash and quote are special inside quotes, and % everywhere. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

/** In a command line, `$` stands for variables too. */
function quotedWord(text: string): string {
  return quoted(text).replaceAll('$', '$$$$');
}
