import '../host/private-process.ts';
import { text } from 'node:stream/consumers';
import { type KeychainReply, type KeychainRequest, keychainRequestSchema } from './keychain-protocol.ts';

/**
 * The process that talks to the keychain: one question, one answer. Secrets come and go by pipes, never by arguments or the
 * environment, which others on this computer can read.
 */
async function answer(request: KeychainRequest): Promise<KeychainReply> {
  // Loaded here, so that a system without libsecret is an answer too.
  const { default: keytar } = await import('keytar');
  switch (request.command) {
    case 'get':
      return { value: await keytar.getPassword(request.service, request.account) };
    case 'set':
      await keytar.setPassword(request.service, request.account, request.secret);
      return { value: true };
    case 'delete':
      return { value: await keytar.deletePassword(request.service, request.account) };
    case 'list': {
      const found = await keytar.findCredentials(request.service);
      return { value: found.map(({ account, password: secret }) => ({ account, secret })) };
    }
  }
}

async function reply(): Promise<KeychainReply> {
  try {
    return await answer(keychainRequestSchema.parse(JSON.parse(await text(process.stdin))));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.stdout.write(JSON.stringify(await reply()));
