import './host/private-process.ts';
import { AppError } from './contract/errors.ts';
import { parseServeArguments, runServer } from './server/serve.ts';

/** The browser entry: the services behind a server on this computer, for headless Macs and for Linux. */
try {
  await runServer(parseServeArguments(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  const { message, hint } = AppError.from(error);
  console.error(hint === undefined ? message : `${message}\n${hint}`);
  process.exit(1);
}
