import { runServer } from '../../server/serve.ts';
import { hostPath } from '../host-path.ts';
import type { DefineCommand } from '../program.ts';
import { repeatable, uint16 } from '../values.ts';

interface Options {
  host?: string;
  port?: number;
  tlsCert?: string;
  tlsKey?: string;
  passwordFile?: string;
  name?: string[];
  printJson?: boolean;
}

const help = `
Prints a link that opens once; Return prints a new one, F and Return logs every browser out. Other addresses than
this computer's own are served only with TLS and a password. A browser is logged out when nobody has used it for
12 hours. Control-C ends the server; machines keep running.

Example:
  tatin serve --port 8080`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Show the app in a browser on this computer')
    .option('--port <port>', 'Port to listen on (default: a free one)', uint16)
    .option('--host <address>', 'Address to listen on (default: 127.0.0.1)')
    .option(
      '--name <host>',
      'A further name that the browser may call it by; repeatable',
      repeatable((text) => text),
    )
    .option('--tls-cert <file>', 'Certificate, PEM', hostPath)
    .option('--tls-key <file>', 'Its key, PEM', hostPath)
    .option('--password-file <file>', 'File that holds the password (default: TATIN_PASSWORD_FILE)', hostPath)
    .option('--print-json', 'Print the link as JSON, for scripts')
    .addHelpText('after', help)
    .action(async ({ host, port, tlsCert, tlsKey, passwordFile, name, printJson }: Options) => {
      try {
        await runServer({
          ...{ host, port, tlsCertificateFile: tlsCert, tlsKeyFile: tlsKey },
          ...{ passwordFile, names: name, printJson },
        });
      } finally {
        // The server listens for Return; a terminal never ends by itself.
        terminal.streams.stdin.destroy();
      }
    });
};
