import type { DefineCommand } from '../program.ts';

export const define: DefineCommand = (command) => {
  command
    .description('Forget the name and password of a registry that tatin login has kept')
    .argument('<host>', 'Registry, with its port, e.g. ghcr.io')
    .action(async (host: string) => {
      const { logOut } = await import('../../credentials/log-in.ts');
      await logOut(host);
    });
};
