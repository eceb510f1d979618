import type { ControlBackend } from './grpc-server.ts';

export type { ControlBackend } from './grpc-server.ts';

/**
 * Serves Tart's agent protocol on a VM's control.sock, so that `tart exec` and `tart ip --resolver=agent` work on a
 * guest that has the QEMU guest agent. Resolves when clients can connect. gRPC is loaded only here, so that QEMU is at
 * work by then.
 */
export async function serveControlSocket(socketPath: string, backend: ControlBackend): Promise<AsyncDisposable> {
  const { serveGrpc } = await import('./grpc-server.ts');
  return await serveGrpc(socketPath, backend);
}
